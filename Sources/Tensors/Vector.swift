/// A contiguous part of a `Storage`. A view: copies share the elements.
public struct Vector {
  public let storage: Storage
  public let offset: Int
  public let count: Int

  public init(_ storage: Storage, offset: Int, count: Int) {
    precondition(
      offset >= 0 && count >= 0 && offset + count <= storage.count,
      "\(count) elements at \(offset) outside storage of \(storage.count)")
    self.storage = storage
    self.offset = offset
    self.count = count
  }

  public init(zeros count: Int) {
    self.init(Storage(zeros: count), offset: 0, count: count)
  }

  public init(_ elements: some Collection<Float>) {
    self.init(zeros: elements.count)
    for (index, element) in elements.enumerated() { self[index] = element }
  }

  /// Only kernels and the MPI binding use it.
  @unsafe public var pointer: UnsafeMutablePointer<Float> { unsafe storage.pointer + offset }

  /// An element.
  public subscript(index: Int) -> Float {
    get {
      precondition(index >= 0 && index < count, "index \(index) outside a vector of \(count)")
      return storage[offset + index]
    }
    nonmutating set {
      precondition(index >= 0 && index < count, "index \(index) outside a vector of \(count)")
      storage[offset + index] = newValue
    }
  }

  /// The elements `range` of this vector, as a view.
  public subscript(range: Range<Int>) -> Vector {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "\(range) outside a vector of \(count)")
    return Vector(storage, offset: offset + range.lowerBound, count: range.count)
  }

  /// A view of the elements from `range` on.
  public subscript(range: PartialRangeFrom<Int>) -> Vector { self[range.lowerBound..<count] }

  /// A view of the first `count` elements.
  public func prefix(_ count: Int) -> Vector { self[0..<count] }

  /// The elements as a [rows, columns] matrix, row after row.
  public func matrix(rows: Int, columns: Int) -> Matrix {
    precondition(rows * columns == count, "a vector of \(count) is no [\(rows), \(columns)] matrix")
    return Matrix(storage, offset: offset, rows: rows, columns: columns)
  }

  /// A vector of its own of floats as they lie in a file: little-endian, as all of Swift's platforms are.
  ///
  /// - Parameter bytes: Four an element.
  public init(bytes: ArraySlice<UInt8>) {
    precondition(bytes.count % 4 == 0, "\(bytes.count) bytes are no floats")
    self.init(zeros: bytes.count / 4)
    unsafe bytes.withUnsafeBytes { source in
      unsafe UnsafeMutableRawBufferPointer(start: pointer, count: 4 * count).copyMemory(from: source)
    }
  }

  /// Takes bytes as `init(bytes:)` does. Of the last element some may be missing; they are then zeros.
  public func set(bytes: ArraySlice<UInt8>) {
    precondition((bytes.count + 3) / 4 == count, "\(bytes.count) bytes for \(count) elements")
    guard count > 0 else { return }
    self[count - 1] = 0
    unsafe bytes.withUnsafeBytes { source in
      unsafe UnsafeMutableRawBufferPointer(start: pointer, count: 4 * count).copyMemory(from: source)
    }
  }

  /// The elements as `init(bytes:)` reads them.
  public var bytes: [UInt8] { unsafe Array(UnsafeRawBufferPointer(start: pointer, count: 4 * count)) }

  public var array: [Float] { (0..<count).map { self[$0] } }

  /// Takes the values of a vector of as many elements.
  public func copy(from source: Vector) {
    precondition(source.count == count, "copying \(source.count) elements into \(count)")
    unsafe pointer.update(from: source.pointer, count: count)
  }

  /// Gives all elements one value.
  public func fill(with value: Float) {
    unsafe pointer.update(repeating: value, count: count)
  }
}
