package import GodwitCore
import Histogram

/// Latencies in microseconds, to three significant digits; those above an hour count as an hour.
package struct Latencies: Sendable {
    private static let highest: UInt64 = 3_600_000_000

    private var histogram = Histogram<UInt64>(highestTrackableValue: Self.highest)
    private var maximum: UInt64 = 0

    package init() {}

    package var count: Int { Int(histogram.totalCount) }

    package mutating func record(nanoseconds: UInt64) {
        record(microseconds: nanoseconds / 1000, count: 1, maximum: nanoseconds / 1000)
    }

    private mutating func record(microseconds: UInt64, count: UInt64, maximum: UInt64) {
        histogram.record(min(microseconds, Self.highest), count: count)
        self.maximum = max(self.maximum, maximum)
    }

    /// nil when there are none.
    package var summary: Summary? {
        guard count > 0 else { return nil }
        return Summary(
            p50: min(maximum, histogram.valueAtPercentile(50)), p99: min(maximum, histogram.valueAtPercentile(99)),
            p999: min(maximum, histogram.valueAtPercentile(99.9)), max: maximum)
    }

    /// In microseconds.
    package struct Summary: Hashable, Sendable {
        package let p50: UInt64
        package let p99: UInt64
        package let p999: UInt64
        package let max: UInt64
    }
}

/// `{"max_us":1234,"counts":[[value_us,count],…]}`: from the sink's process to the one that reports.
extension Latencies: JSONWritable {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("max_us", maximum)
            writer.array("counts") { writer in
                for step in histogram.recordedValues() { [step.value, step.count].write(to: &writer) }
            }
        }
    }

    package init?(_ json: JSONValue?) {
        self.init()
        guard let maximum = json?["max_us"]?.count, case .array(let counts)? = json?["counts"] else { return nil }
        for pair in counts {
            guard case .array(let pair) = pair, pair.count == 2, let value = pair[0].count, let count = pair[1].count else {
                return nil
            }
            record(microseconds: value, count: count, maximum: maximum)
        }
    }
}

extension JSONValue {
    /// A whole number that isn't negative.
    package var count: UInt64? { if case .number(let text) = self { UInt64(text) } else { nil } }
}
