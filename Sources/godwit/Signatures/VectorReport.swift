import ArgumentParser
import GodwitCore
import GodwitSignature

/// Runs a file of test vectors and tells what became of them.
struct VectorReport {
    let file: String
    let verbose: Bool
    let isJSON: Bool

    func run() throws {
        let bytes = try InputFile.read(file)
        let outcomes: [VectorOutcome]
        do throws(VectorFileError) {
            outcomes = try VectorFile(bytes).run()
        } catch {
            throw ValidationError("'\(file)' is \(error)")
        }
        let failed = outcomes.filter { !$0.passed }
        if isJSON {
            print(String(decoding: JSONWriter.write(json(outcomes, failed: failed.count)), as: UTF8.self))
        } else {
            for outcome in outcomes where verbose || !outcome.passed {
                print(
                    "\(outcome.passed ? "ok  " : "FAIL") \(outcome.kind) \(outcome.id): expected \(outcome.expected), got \(outcome.got)"
                )
            }
            print("\(outcomes.count - failed.count) passed, \(failed.count) failed")
        }
        if !failed.isEmpty { throw ExitCode(1) }
    }

    private func json(_ outcomes: [VectorOutcome], failed: Int) -> JSONValue {
        .object([
            .init("passed", .number(String(outcomes.count - failed))), .init("failed", .number(String(failed))),
            .init(
                "outcomes",
                .array(
                    outcomes.map { outcome in
                        .object([
                            .init("id", .string(outcome.id)), .init("kind", .string(outcome.kind)),
                            .init("passed", .bool(outcome.passed)), .init("expected", .string(outcome.expected)),
                            .init("got", .string(outcome.got)),
                        ])
                    })),
        ])
    }
}
