internal import ClassWeighting
internal import Configuration

/// What samplers and losses make of class counts, beside weights: for who decides by what to answer imbalance.
struct AnswersToImbalance {
  private let counts: [Int]
  private let classNames: [String]
  /// By name: r_c, [C].
  let samplers: [(name: String, rates: [Double])]
  /// What they add to the logits, or take from that of the label, by name: [C].
  let losses: [(name: String, shifts: [Double])]

  init(counts: [Int], classNames: [String]) {
    (self.counts, self.classNames) = (counts, classNames)
    let (steps, loss) = (StepOptions.defaults, LossKindOptions.defaults)
    samplers = [
      ("class-balanced", SamplingRule.power(0)), ("power", .power(steps.samplingPower)),
      ("oversample", .oversample(ratio: steps.samplingRatio)),
      ("undersample", .undersample(ratio: steps.samplingRatio)),
    ].map { ($0, $1.rates(forCounts: counts)) }
    losses = [
      ("balanced-softmax", LogitShifts.shifts(forCounts: counts, tau: 1)),
      (
        "ldam",
        ClassMargins.margins(forCounts: counts, largest: loss.ldamMargin).map { -loss.ldamScale * $0 }
      ),
    ]
  }

  /// n_c r_c
  private func draws(_ rates: [Double]) -> [Double] { zip(counts, rates).map { Double($0) * $1 } }

  /// For people.
  var text: String {
    var draws = ClassFigures("class", classNames + ["altogether"])
    for (name, rates) in samplers {
      let own = self.draws(rates)
      draws.append(name, (own + [own.reduce(0, +)]).map { NumberFormat.grouped(Int($0.rounded())) })
    }
    var shifts = ClassFigures("class", classNames)
    for (name, values) in losses { shifts.append(name, values.map { NumberFormat.fixed($0, digits: 2) }) }
    return """
      Samples that an epoch draws by --sampler (help samplers). progressive goes from
      those that there are to class-balanced.

      \(draws.text)

      What losses add to logits (help losses): balanced-softmax, and logit-adjusted
      with τ = 1, to each class's; ldam to that of the sample's own class.

      \(shifts.text)
      """
  }

  /// Of more draws of each sample a model learns samples by heart, and not the class.
  private static let manyRepeats = 50.0
  /// A validation fraction that many take, and the least share of the data that an epoch should have.
  private static let share = 0.1

  /// What will not work, or not as one would think.
  func warnings(_ list: ([Int], (Int) -> String) -> String) -> [String] {
    var warnings: [String] = []
    let total = counts.reduce(0, +)
    let single = counts.indices.filter { counts[$0] == 1 }
    if !single.isEmpty {
      warnings.append(
        """
        classes of one sample, which no part for validation has (--validation-fraction leaves it in training), and \
        which the member without it has not seen (--members): \(list(single) { "\(counts[$0])" })
        """)
    }
    let unjudged = counts.indices.filter { counts[$0] > 1 && (Self.share * Double(counts[$0])).rounded() == 0 }
    if !unjudged.isEmpty {
      warnings.append(
        """
        classes that --validation-fraction \(Self.share) takes no sample of, so that no figure is of them: \
        \(list(unjudged) { "\(counts[$0])" })
        """)
    }
    if let balanced = samplers.first(where: { $0.name == "class-balanced" }) {
      let repeated = counts.indices.filter { balanced.rates[$0] > Self.manyRepeats }
      if !repeated.isEmpty {
        warnings.append(
          """
          classes of which --sampler class-balanced draws each sample very often in an epoch, to be learned by heart \
          (power draws it less often): \(list(repeated) { "\(Int(balanced.rates[$0].rounded())) times" })
          """)
      }
    }
    if let under = samplers.first(where: { $0.name == "undersample" }) {
      let drawn = draws(under.rates).reduce(0, +)
      if drawn < Self.share * Double(total) {
        warnings.append(
          """
          an epoch of --sampler undersample has \(NumberFormat.grouped(Int(drawn.rounded()))) of \
          \(NumberFormat.grouped(total)) samples: it needs more --epochs, or a smaller --sampling-ratio
          """)
      }
    }
    return warnings
  }
}
