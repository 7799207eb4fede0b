internal import Configuration

extension HelpTopic {
  static let model = HelpTopic(
    name: "model", summary: "what is trained, and what model.safetensors holds",
    parts: [
      .paragraph("With the D features x of a row, and C classes:"),
      .terms([
        ("linear", ["z = W x + b, W [C, D]; multinomial logistic regression; the default without a recipe"]),
        (
          "mlp",
          [
            "a_0 = x; a_l = f(W_l a_(l−1) + b_l); z = W_L a_(L−1) + b_L",
            "--hidden 128,64 gives the widths of the hidden layers",
          ]
        ),
      ]),
      .terms([
        ("--activation", ["f: relu max(x, 0); gelu x Φ(x), exact; tanh"]),
        (
          "--dropout", ["each hidden unit is 0 with this probability in training, others are multiplied by 1 / (1 − p)"]
        ),
        (
          "--init",
          ["the first parameters from a model, a checkpoint or a run; else U(−1/√n, 1/√n), n inputs of the layer"]
        ),
      ]),
      .paragraph("The probabilities are softmax(z) (help probabilities); the predicted class is that of the largest."),
      .paragraph(
        """
        A run leaves model.safetensors, which any reader of safetensors reads: layers.0.weight [out, in], \
        layers.0.bias [out], layers.1.weight, … in float32, and in the metadata, as JSON, the shape (model), names of \
        features and classes, class_weights, loss, and how each column becomes features (columns). Nothing in it depends \
        on ranks, hosts or time.
        """),
      .lines(["cw-dist-train inspect RUN      shows it, or a checkpoint; --json"]),
    ])
}
