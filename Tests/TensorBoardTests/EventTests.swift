import TensorBoard
import Testing

@Suite struct EventTests {
  @Test func `an event of a number has the bytes that the public description gives it`() throws {
    let event = Event(time: 2, step: 300, .values([TaggedValue("a/b", 1.5)]))
    // wall_time: 1, fixed64; step: 2, varint; summary: 5 { value: 1 { tag: 1, simple_value: 2, fixed32 } }
    let value: [UInt8] = [0x0A, 3, 0x61, 0x2F, 0x62, 0x15, 0, 0, 0xC0, 0x3F]
    let content: [UInt8] =
      [0x09, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x10, 0xAC, 0x02, 0x2A, UInt8(value.count + 2), 0x0A, UInt8(value.count)]
      + value
    #expect(try event.bytes == Record.framed(content))
  }

  @Test func `what is stored is read again, as far as it is whole`() throws {
    let events = [
      Event(time: 1, step: 0, .version), Event(time: 1, step: 0, .start),
      Event(time: 2, step: 7, .values([TaggedValue("x", 1), TaggedValue("y", .text("words"))])),
      Event(
        time: 3, step: 9, .values([TaggedValue(.start(["a": .number(1), "b": .text("c")], time: 3))])),
    ]
    let file = try events.flatMap { try $0.bytes }
    let stored = StoredEvent.all(in: file)
    #expect(stored.map(\.step) == [0, 0, 7, 9] && stored.map(\.time) == [1, 1, 2, 3])
    #expect(stored.map(\.tags) == [[], [], ["x", "y"], ["_hparams_/session_start_info"]])
    #expect(stored.flatMap(\.bytes) == file)
    #expect(StoredEvent.all(in: file.dropLast()).count == 3)
    #expect(StoredEvent.all(in: []).isEmpty)
  }

  @Test func `a number that is none is stored as such`() throws {
    let event = Event(time: 0, step: 1, .values([TaggedValue("loss", Double.nan), TaggedValue("loss", 1e300)]))
    // float32: NaN, and infinity for what is larger than any.
    #expect(try Array(event.bytes).contains(0x7F))
    #expect(StoredEvent.all(in: try event.bytes)[0].tags == ["loss", "loss"])
  }
}
