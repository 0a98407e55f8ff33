// Values to YAML in block style; texts are quoted where they would be read as something else.

internal import CYAML

struct YAMLWriter {
    private let emitter: UnsafeMutablePointer<yaml_emitter_t>

    /// Where libyaml puts what it writes.
    private final class Output {
        var bytes: [UInt8] = []
    }

    /// Nil when libyaml has no memory left.
    static func text(of value: Value) -> String? {
        let emitter = UnsafeMutablePointer<yaml_emitter_t>.allocate(capacity: 1)
        defer { emitter.deallocate() }
        guard yaml_emitter_initialize(emitter) != 0 else { return nil }
        defer { yaml_emitter_delete(emitter) }
        let output = Output()
        return withExtendedLifetime(output) {
            yaml_emitter_set_output(
                emitter,
                { place, bytes, count in
                    guard let place, let bytes else { return 0 }
                    Unmanaged<Output>.fromOpaque(place).takeUnretainedValue().bytes += UnsafeBufferPointer(
                        start: bytes, count: count)
                    return 1
                }, Unmanaged.passUnretained(output).toOpaque())
            yaml_emitter_set_unicode(emitter, 1)
            yaml_emitter_set_width(emitter, -1)
            guard YAMLWriter(emitter: emitter).writeDocument(value) else { return nil }
            return String(decoding: output.bytes, as: UTF8.self)
        }
    }

    private func writeDocument(_ value: Value) -> Bool {
        emit { yaml_stream_start_event_initialize(&$0, YAML_UTF8_ENCODING) }
            && emit { yaml_document_start_event_initialize(&$0, nil, nil, nil, 1) } && write(value)
            && emit { yaml_document_end_event_initialize(&$0, 1) } && emit { yaml_stream_end_event_initialize(&$0) }
            && yaml_emitter_flush(emitter) != 0
    }

    /// The emitter takes the event over, whether it can write it or not.
    private func emit(_ make: (inout yaml_event_t) -> Int32) -> Bool {
        var event = yaml_event_t()
        return make(&event) != 0 && yaml_emitter_emit(emitter, &event) != 0
    }

    private func write(_ value: Value) -> Bool {
        switch value {
        case .null, .bool, .int, .decimal: return write(plain: value.jsonText)
        case .string(let text): return write(text: text)
        case .array(let items): return write(items)
        case .set(let set): return write(set.elements)
        case .object(let object):
            guard emit({ yaml_mapping_start_event_initialize(&$0, nil, nil, 1, YAML_BLOCK_MAPPING_STYLE) }) else {
                return false
            }
            for (key, member) in object.members {
                var name = key.jsonText
                if case .string(let text) = key { name = text }
                guard write(text: name), write(member) else { return false }
            }
            return emit { yaml_mapping_end_event_initialize(&$0) }
        }
    }

    private func write(_ items: [Value]) -> Bool {
        emit { yaml_sequence_start_event_initialize(&$0, nil, nil, 1, YAML_BLOCK_SEQUENCE_STYLE) }
            && items.allSatisfy { write($0) } && emit { yaml_sequence_end_event_initialize(&$0) }
    }

    private func write(plain text: String) -> Bool { write(text, YAML_PLAIN_SCALAR_STYLE) }

    private func write(text: String) -> Bool {
        if text.utf8.contains(10) { return write(text, YAML_LITERAL_SCALAR_STYLE) }
        return write(text, YAMLScalar.needsQuotes(text) ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_PLAIN_SCALAR_STYLE)
    }

    private func write(_ text: String, _ style: yaml_scalar_style_t) -> Bool {
        guard let count = Int32(exactly: text.utf8.count) else { return false }
        var text = text
        return text.withUTF8 { bytes in
            // libyaml takes no null pointer, and an empty text may have one.
            var empty: UInt8 = 0
            return withUnsafePointer(to: &empty) { nothing in
                emit {
                    yaml_scalar_event_initialize(
                        &$0, nil, nil, bytes.baseAddress ?? nothing, count, 1, 1, style)
                }
            }
        }
    }
}
