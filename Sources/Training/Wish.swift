/// What a rank wants all ranks to do after the step. It travels with the step's sums, so that all come to know of it
/// at the same step.
public enum Wish: Sendable {
  case goOn
  /// It was asked to stop in good order.
  case stop
  /// Something failed on it, beside the training: it can't go on.
  case fail
}
