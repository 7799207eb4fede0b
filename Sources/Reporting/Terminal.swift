internal import Foundation

/// A terminal that standard output or standard error comes to in the end.
///
/// Open MPI's mpirun gives each rank a terminal of its own making for standard output, whatever its own is, and a pipe
/// for standard error. What a rank writes comes out where mpirun's goes to: on the host where mpirun runs that can be
/// seen from the files of the process that started this one.
struct Terminal {
  /// Which leads to it.
  let descriptor: Int32
  /// Opened from the launcher's, where there is one: it knows the width.
  private let window: Int32

  /// Standard output's; nil where that is a file, a pipe, or not known.
  static let ofOutput = Terminal(STDOUT_FILENO)
  /// Standard error's.
  static let ofErrors = Terminal(STDERR_FILENO)

  private init?(_ descriptor: Int32) {
    let environment = ProcessInfo.processInfo.environment
    guard environment["TERM"] != "dumb" else { return nil }
    self.descriptor = descriptor
    guard ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"].contains(where: { environment[$0] != nil }) else {
      window = descriptor
      guard isatty(descriptor) == 1 else { return nil }
      return
    }
    // Where each line is given the rank's name or the time, a line cannot be written over.
    let marks = ["orte_tag_output", "orte_timestamp_output", "orte_xml_output", "orte_output_filename"]
    guard !marks.contains(where: { environment["OMPI_MCA_" + $0] != nil }), let launcher = Self.launcher else {
      return nil
    }
    window = unsafe open("/proc/\(launcher)/fd/\(descriptor)", O_WRONLY | O_NOCTTY | O_CLOEXEC)
    guard window >= 0 else { return nil }
    guard isatty(window) == 1 else {
      close(window)
      return nil
    }
  }

  /// Characters of a line.
  var width: Int {
    var size = winsize()
    guard unsafe ioctl(window, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// The process that started the ranks and passes on what they write; nil where it is on another host.
  private static var launcher: pid_t? {
    let names = ["mpirun", "mpiexec", "orterun", "prterun", "mpirun.openmpi", "mpiexec.openmpi", "mpiexec.hydra"]
    var process = getppid()
    // A shell or a script may stand between.
    for _ in 0..<6 where process > 1 {
      // "12 (name) S 11 …": the name may hold blanks and parentheses.
      guard let bytes = FileManager.default.contents(atPath: "/proc/\(process)/stat") else { return nil }
      let stat = String(decoding: bytes, as: UTF8.self)
      guard let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")"), open < close else { return nil }
      if names.contains(String(stat[stat.index(after: open)..<close])) { return process }
      let fields = stat[stat.index(after: close)...].split(separator: " ")
      guard fields.count > 1, let parent = pid_t(fields[1]) else { return nil }
      process = parent
    }
    return nil
  }
}
