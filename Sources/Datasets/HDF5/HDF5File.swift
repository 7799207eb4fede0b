#if HDF5
  internal import CHDF5

  /// An open HDF5 file. A class, because it is closed with the last that uses it.
  @safe final class HDF5File {
    let path: String
    fileprivate let handle: hid_t
    /// Of all datasets, those in groups included.
    let names: [String]

    init(path: String) throws(HDF5Error) {
      self.path = path
      handle = unsafe chdf5_open_file(path)
      guard handle >= 0 else { throw .cannotOpen(path: path) }
      var text = [CChar](repeating: 0, count: 1 << 16)
      let count = unsafe chdf5_list(handle, &text, text.count)
      names = text.prefix(count).split(separator: 0).map {
        String(decoding: $0.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      }
    }

    deinit {
      if handle >= 0 { H5Fclose(handle) }
    }
  }

  /// An array of numbers in an HDF5 file.
  @safe final class HDF5Dataset: NumberArray {
    /// Where it lies, for messages: "data.h5:x".
    let name: String
    let shape: [Int]
    private let file: HDF5File
    private let handle: hid_t
    private let dimensions: [hsize_t]

    init(_ file: HDF5File, _ name: String) throws(HDF5Error) {
      self.file = file
      self.name = "\(file.path):\(name)"
      handle = unsafe chdf5_open_dataset(file.handle, name)
      guard handle >= 0 else { throw .noSuchDataset(path: file.path, name: name, names: file.names) }
      var dimensions = [hsize_t](repeating: 0, count: chdf5_most_dimensions)
      let count = unsafe chdf5_shape(handle, &dimensions)
      guard count > 0, chdf5_holds_numbers(handle) != 0 else { throw .notNumbers(name: self.name) }
      self.dimensions = Array(dimensions.prefix(Int(count)))
      shape = self.dimensions.map { Int($0) }
    }

    deinit {
      if handle >= 0 { H5Dclose(handle) }
    }

    var form: String { "\(shape)" }

    func firstRows(_ count: Int) throws -> [Double] { try rows(0..<count) }

    /// The elements of rows, one after another. Exact but for 64-bit integers beyond 2⁵³.
    func rows(_ range: Range<Int>) throws(HDF5Error) -> [Double] {
      guard !range.isEmpty else { return [] }
      var values = [Double](repeating: 0, count: range.count * rowSize)
      let done = unsafe chdf5_read(
        handle, Int32(dimensions.count), dimensions, hsize_t(range.lowerBound), hsize_t(range.count), &values)
      guard done != 0 else { throw .cannotRead(name: name, rows: range) }
      return values
    }
  }
#endif
