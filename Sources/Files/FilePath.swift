internal import Foundation

/// Paths as they lead through folders, symbolic links followed.
public enum FilePath {
  /// What leads from a folder to a path: none where it is the folder itself; nil where it lies elsewhere.
  public static func components(of path: String, in folder: String) -> ArraySlice<String>? {
    func parts(_ path: String) -> [String] { URL(fileURLWithPath: path).resolvingSymlinksInPath().pathComponents }
    let (path, folder) = (parts(path), parts(folder))
    return path.starts(with: folder) ? path.dropFirst(folder.count) : nil
  }

  /// Whether two paths lead to one place.
  public static func areSame(_ one: String, _ other: String) -> Bool {
    components(of: one, in: other)?.isEmpty ?? false
  }
}
