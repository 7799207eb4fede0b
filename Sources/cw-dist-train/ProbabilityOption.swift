public import ArgumentParser
public import Models

/// As `--probabilities` has it.
extension ProbabilityRule.Kind: ExpressibleByArgument {}
