public import Tensors

/// What L-BFGS remembers of earlier steps, and the direction that follows: −H g, where H is near the inverse of the matrix
/// of second derivatives. J. Nocedal, "Updating quasi-Newton matrices with limited storage" (1980); Nocedal & Wright,
/// "Numerical Optimization" (2nd edition, 2006), algorithm 7.4:
///
///     q = g;  for each pair, the newest first:  aᵢ = sᵢᵀq / sᵢᵀyᵢ;  q −= aᵢ yᵢ
///     q *= sᵀy / yᵀy of the newest pair
///     for each pair, the oldest first:  q += (aᵢ − yᵢᵀq / sᵢᵀyᵢ) sᵢ
///     direction = −q
///
/// of pairs s = θ′ − θ, y = ∇f(θ′) − ∇f(θ). Vectors are Float32, all sums and q are Double.
public struct LimitedMemory {
  /// The pairs that are remembered. The authors advise 3 to 20; scikit-learn has 10.
  public static let capacity = 10
  /// A pair is remembered where sᵀy > this · ‖s‖‖y‖. A line search that ends well gives sᵀy > 0, and what is smaller
  /// than this is rounding.
  private static let leastCurvature = 1e-7

  /// Pairs that were added since the beginning, or since all were forgotten.
  public private(set) var added = 0
  /// s of the pairs; pair number i stands at i mod capacity.
  private let steps: [Vector]
  /// y, likewise.
  private let differences: [Vector]
  /// sᵀy, likewise.
  private var curvatures: [Double]
  /// q: a Double takes two elements.
  private let scratch: Storage

  /// - Parameter parameterCount: Of the padded vector; a multiple of 16.
  public init(parameterCount: Int) {
    precondition(parameterCount % laneCount == 0)
    func vectors() -> [Vector] { (0..<Self.capacity).map { _ in Vector(zeros: parameterCount) } }
    (steps, differences) = (vectors(), vectors())
    curvatures = Array(repeating: 0, count: Self.capacity)
    scratch = Storage(zeros: 2 * parameterCount)
  }

  /// Float32 vectors that one of so many parameters holds.
  public static var vectorCount: Int { 2 * capacity }

  /// The pairs, by name. Views; those that are not in use hold anything.
  public var vectors: [(name: String, values: Vector)] {
    (0..<Self.capacity).flatMap { [("step_\($0)", steps[$0]), ("gradient_difference_\($0)", differences[$0])] }
  }

  public var isEmpty: Bool { added == 0 }

  /// Takes up a memory whose vectors have been filled in again.
  ///
  /// - Parameter added: What it was.
  public mutating func resume(added: Int) {
    precondition(added >= 0)
    self.added = added
    for place in 0..<min(added, Self.capacity) { curvatures[place] = dot(steps[place], differences[place]) }
  }

  /// Forgets all pairs.
  public mutating func removeAll() { added = 0 }

  /// Remembers a step, in the place of the oldest, where the gradient has grown along it.
  ///
  /// - Parameters:
  ///   - before, after: The parameters, θ and θ′.
  ///   - gradientBefore, gradientAfter: ∇f there.
  public mutating func add(
    from before: Vector, to after: Vector, gradientBefore: Vector, gradientAfter: Vector
  ) {
    let place = added % Self.capacity
    let (s, y) = (steps[place], differences[place])
    for index in 0..<s.count {
      unsafe s.pointer[index] = after.pointer[index] - before.pointer[index]
      unsafe y.pointer[index] = gradientAfter.pointer[index] - gradientBefore.pointer[index]
    }
    let curvature = dot(s, y)
    guard curvature > Self.leastCurvature * (dot(s, s) * dot(y, y)).squareRoot() else {
      // What stood there, the oldest pair, is lost: those behind it are all that is left.
      return forget(place)
    }
    curvatures[place] = curvature
    added += 1
  }

  /// A pair without a say in the direction.
  private mutating func forget(_ place: Int) {
    guard added >= Self.capacity else { return }
    steps[place].fill(with: 0)
    differences[place].fill(with: 0)
    curvatures[place] = 0
  }

  /// - Parameters:
  ///   - gradient: g, finite.
  ///   - usesPairs: Whether H is more than 1.
  ///   - direction: Receives −H g.
  public func direction(against gradient: Vector, usingPairs usesPairs: Bool, into direction: Vector) {
    let count = scratch.count / 2
    precondition(gradient.count == count && direction.count == count)
    let live = usesPairs ? min(added, Self.capacity) : 0
    let places = ((added - live)..<added).map { $0 % Self.capacity }.filter { curvatures[$0] > 0 }
    let q = unsafe UnsafeMutableRawPointer(scratch.pointer).assumingMemoryBound(to: Double.self)
    for index in 0..<count { unsafe q[index] = Double(gradient.pointer[index]) }
    var factors = Array(repeating: 0.0, count: Self.capacity)
    for place in places.reversed() {
      factors[place] = unsafe product(q, steps[place]) / curvatures[place]
      unsafe accumulate(-factors[place], differences[place], to: q)
    }
    if let newest = places.last {
      let scale = curvatures[newest] / dot(differences[newest], differences[newest])
      for index in 0..<count { unsafe q[index] *= scale }
    }
    for place in places {
      let factor = unsafe factors[place] - product(q, differences[place]) / curvatures[place]
      unsafe accumulate(factor, steps[place], to: q)
    }
    for index in 0..<count { unsafe direction.pointer[index] = Float(-q[index]) }
  }
}

/// qᵀx
@unsafe
private func product(_ q: UnsafeMutablePointer<Double>, _ x: Vector) -> Double {
  let elements = unsafe x.pointer
  var (even, odd) = (Doubles.zero, Doubles.zero)
  for index in stride(from: 0, to: x.count, by: laneCount) {
    even = even.addingProduct(unsafe q.doubles(at: index), unsafe elements.doubles(at: index))
    odd = odd.addingProduct(unsafe q.doubles(at: index + 8), unsafe elements.doubles(at: index + 8))
  }
  return inOrder(even, odd)
}

/// q += factor · x
@unsafe
private func accumulate(_ factor: Double, _ x: Vector, to q: UnsafeMutablePointer<Double>) {
  let elements = unsafe x.pointer
  let factors = Doubles(repeating: factor)
  for index in stride(from: 0, to: x.count, by: 8) {
    unsafe q.store(q.doubles(at: index).addingProduct(factors, elements.doubles(at: index)), at: index)
  }
}
