internal import Failures

extension HelpTopic {
  static let sameBits = HelpTopic(
    name: "same-bits", summary: "what a result depends on, and how to check it (reproduce)",
    parts: [
      .paragraph(
        """
        A run's model has the same bytes from any number of ranks, of threads, and of interruptions. It depends on the \
        data, the options, --seed, and the number of shards V (--shards; default: 8, or the ranks if more): the data is \
        cut into V parts by rules that do not mention ranks, and sums over them are added along one tree. More ranks than \
        shards there cannot be.
        """),
      .lines([
        "cw-dist-train reproduce RUN                trains it again, and compares",
        "mpirun -np 4 cw-dist-train reproduce RUN   on other ranks than then",
      ]),
      .paragraph(
        """
        It checks first that data (by a fingerprint of all values) and class weights are as they were, then compares each \
        line of metrics.jsonl, the newest checkpoint, and the bytes of model.safetensors; it stops at the first \
        difference and shows both figures (--to-the-end goes on). A run that was stopped is compared as far as it came. \
        Nothing is written.
        """),
    ])

  static let bestEpoch = HelpTopic(
    name: "best-epoch", summary: "which epoch's model is saved (--keep-model, --early-stopping)",
    parts: [
      .paragraph(
        """
        Where there is a validation part (--validation-fraction 0.1, or --validation FILE), each epoch is judged by it, and \
        the model of the best one is what is saved, judged and exported: by balanced accuracy, or by the metric of \
        --early-stopping. Each of several members has its fold for that (help recipes). --keep-model last takes the last \
        one's.
        """),
      .lines(["cw-dist-train data.csv --epochs 200 --early-stopping macro-f1 --patience 10"]),
      .paragraph(
        """
        ends after 10 epochs without a better one. Without a validation part, and of one model, a tenth of every class is \
        held out. A --schedule follows --epochs all the same, and not the earlier end. A larger --patience goes on with a \
        run of one model that has ended so (--resume); another metric makes another run of it.
        """),
      .paragraph(
        """
        --log-loss-penalty X compares epochs by the metric less X times the log loss. Where a class has a few samples to \
        judge by, it is luck which epoch finds one more of them; how sure the model is of all samples is less so. The \
        recipe for small tables has 0.2 (help recipes).
        """),
    ])

  static let interruptions = HelpTopic(
    name: "interruptions", summary: "stopping a run and going on with it (--resume)",
    parts: [
      .paragraph(
        """
        A run writes a checkpoint after each epoch (of shorter ones some each second), every --checkpoint-every steps, and \
        when it is asked to stop: by SIGUSR1 or SIGTERM to a rank, SIGUSR1 to mpirun, Ctrl-C, or --max-time 3h50m. It then ends with exit code 75.
        """),
      .lines(["mpirun -np 4 cw-dist-train data.csv --run-dir runs/a --resume auto"]),
      .paragraph(
        """
        begins, or goes on from the newest checkpoint that is whole, at any number of ranks up to the shards; typed, or \
        queued, until it ends with 0. The result has the bits of a run that was never interrupted. --resume RUN is enough \
        where the run has its options; --epochs makes a run of one model longer. Other rules (learning rate, loss, \
        weights; epochs, where a --schedule follows them) need --force, and make a run that its config.yaml alone does \
        not describe; other data or another model is a new run, which --init CHECKPOINT begins with its parameters, \
        where they are of one model.
        """),
    ])

  static let exitCodes = HelpTopic(
    name: "exit-codes", summary: "what the program says to its caller",
    parts: [
      .terms(ExitStatus.allCases.map { ("\($0.rawValue)", [$0.meaning]) }),
      .paragraph(
        """
        Under mpirun it may be mpirun's own: 128 + a signal's number where it sees a killed rank first, 205 where it lost \
        a host, 1 after SIGTERM to itself.
        """),
    ])
}
