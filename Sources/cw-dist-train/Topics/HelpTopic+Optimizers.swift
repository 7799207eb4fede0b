internal import Configuration
internal import Kernels

extension HelpTopic {
  private static var usual: OptimizerOptions { OptimizerOptions.defaults }

  static let optimizers = HelpTopic(
    name: "optimizers", summary: "how a gradient moves the parameters, and the learning rate",
    parts: [
      .paragraph(
        "θ are the parameters, g the gradient of the loss (help losses), lr the learning rate of the step, t its number:"
      ),
      .terms([
        (
          "adam",
          [
            "g += λθ; m = β₁ m + (1−β₁) g; v = β₂ v + (1−β₂) g²",
            "θ −= lr / (1−β₁^t) · m / (√v / √(1−β₂^t) + ε)",
            "The default without a recipe: it finds the size of each parameter's steps by itself.",
          ]
        ),
        ("adamw", ["θ *= 1 − lr·λ; then as adam without its λ", "Where weight decay is wanted."]),
        (
          "sparse-adam",
          [
            "as adamw, of the first layer for the features alone that a sample of the step has",
            """
            For sparse rows (texts in svmlight): the weights, m and v of all other features stay as they are, which adam goes \
            on moving by earlier gradients, and do not decay. A step takes the time of the words of its samples, however \
            many there are in all, and ranks send each other no more.
            """,
          ]
        ),
        (
          "sgd",
          ["g += λθ; b = μ b + g; θ −= lr · b", "Needs a learning rate that fits; with --momentum 0.9 often."]
        ),
        (
          "lbfgs",
          [
            "θ += α d; d = −H g from the last \(LimitedMemory.capacity) steps; α by the strong Wolfe conditions",
            """
            Each step takes the whole training part: an epoch is a step. Its λ/2 · ‖W‖² is on weights alone, not on \
            biases. The quickest way to the optimum of a linear model, that of scikit-learn's LogisticRegression; with \
            some hundred --epochs it ends when it is there, by --tolerance.
            """,
          ]
        ),
      ]),
      .terms([
        ("--learning-rate", ["lr before the schedule (default \(usual.learningRate))"]),
        ("--betas", ["β₁,β₂ (default \(usual.betas.defaultValueDescription))"]),
        ("--epsilon", ["ε (default \(usual.epsilon))"]),
        ("--momentum", ["μ (default \(usual.momentum))"]),
        ("--weight-decay", ["λ (default \(usual.weightDecay))"]),
        ("--clip-norm", ["A longer gradient is shortened to this norm."]),
        (
          "--tolerance", ["lbfgs ends where the largest component of g is within it (default \(usual.tolerance))"]
        ),
      ]),
      .paragraph(
        """
        --schedule, with T steps in all, W of them --warmup-steps, and u = (t−W)/(T−W) for step t = 0, 1, …; \
        before step W the rate is lr (t+1)/W:
        """),
      .terms([
        ("constant", ["lr; the default"]),
        ("linear", ["lr (1 − u)"]),
        ("cosine", ["lr (1 + cos πu) / 2; a good choice with a larger lr"]),
        ("step", ["lr; lr / 10 from u = 1/2 on, lr / 100 from u = 3/4 on"]),
      ]),
      .paragraph(
        """
        --batch-size is the number of samples of a step over all ranks; --accumulate A takes A batches for a step. T \
        follows from them, --epochs and --max-steps. To lbfgs these, the learning rate and its schedule mean nothing.
        """),
    ])
}
