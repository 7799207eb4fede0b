internal import Files

/// Where features and labels come from: "x.npy", "data.npz", or "data.npz:x" for one member of it.
struct NumPySource {
  private let features: Place
  private let labels: Place?

  private enum Place {
    case array(path: String)
    case archive(path: String)
    case member(path: String, name: String)

    init(_ text: String) {
      let place = MemberPath(text, suffixes: [".npz"])
      if let member = place.member {
        self = .member(path: place.path, name: member)
      } else {
        self = text.lowercased().hasSuffix(".npz") ? .archive(path: text) : .array(path: text)
      }
    }
  }

  init(features: String, labels: String?) {
    self.features = Place(features)
    self.labels = labels.map { Place($0) }
  }

  /// Features, and labels where they are not a column of the features.
  ///
  /// An archive without a named member has them both, where only one matrix and one vector are in it.
  ///
  /// - Throws: `FileError`, `NumPyError`
  func arrays() throws -> (features: NumPyArray, labels: NumPyArray?) {
    switch features {
    case .array(let path):
      return (try NumPyArray(path: path), try labels.map { try array($0) })
    case .member:
      return (try array(features), try labels.map { try array($0) })
    case .archive(let path):
      let archive = try ZipArchive(path: path)
      let names = archive.members.map(Self.name)
      guard !Set(["data", "shape", "format"]).isSubset(of: names) else {
        throw NumPyError.unsupported(
          path: path, what: "a sparse matrix of SciPy's save_npz",
          advice: "write it with its labels as text: sklearn.datasets.dump_svmlight_file(x, y, \"data.svm\")")
      }
      var arrays: [NumPyArray] = []
      var firstUnsupported: NumPyError?
      for member in archive.members {
        do {
          arrays.append(try Self.array(member, of: archive))
        } catch let error as NumPyError {
          guard case .unsupported = error else { throw error }
          firstUnsupported = firstUnsupported ?? error
        }
      }
      let matrices = arrays.filter { $0.shape.count > 1 }
      let vectors = arrays.filter { $0.shape.count == 1 }
      if let firstUnsupported {
        // Where features and labels are there without it, it need not be one of them.
        guard !matrices.isEmpty, labels != nil || !vectors.isEmpty else { throw firstUnsupported }
        throw NumPyError.unclearMembers(path: path, members: names)
      }
      guard matrices.count == 1, labels != nil || vectors.count <= 1 else {
        throw NumPyError.unclearMembers(path: path, members: names)
      }
      return (matrices[0], try labels.map { try array($0) } ?? vectors.first)
    }
  }

  private func array(_ place: Place) throws -> NumPyArray {
    switch place {
    case .array(let path):
      return try NumPyArray(path: path)
    case .member(let path, let name):
      let archive = try ZipArchive(path: path)
      guard let member = archive.members.first(where: { Self.name($0) == name || $0.name == name }) else {
        throw NumPyError.noSuchMember(path: path, member: name, members: archive.members.map(Self.name))
      }
      return try Self.array(member, of: archive)
    case .archive(let path):
      let archive = try ZipArchive(path: path)
      guard archive.members.count == 1 else {
        throw NumPyError.unclearMembers(path: path, members: archive.members.map(Self.name))
      }
      return try Self.array(archive.members[0], of: archive)
    }
  }

  private static func array(_ member: ZipArchive.Member, of archive: ZipArchive) throws -> NumPyArray {
    try NumPyArray(try archive.bytes(of: member), name: "\(archive.path):\(name(member))")
  }

  /// "x" of the member "x.npy"
  private static func name(_ member: ZipArchive.Member) -> String {
    member.name.hasSuffix(".npy") ? String(member.name.dropLast(4)) : member.name
  }
}
