import GodwitCore
import GodwitSignature
import Testing

@testable import GodwitCheck

struct CheckCaseTests {
    static let now = Instant(millisecondsSince1970: 1_800_000_000_000)

    private func settings(_ kind: SigningSecret.Kind = .hmacSHA256) throws -> (CheckSettings, WebhookVerifier) {
        let secret = try SigningSecret(kind: kind, bytes: Array(1...32))
        let settings = try CheckSettings(
            secret: secret, stranger: SigningSecret(kind: kind, bytes: Array(2...33)), payload: [], toleranceSeconds: 300,
            largeBytes: 50_000, concurrency: 3, limit: .seconds(1))
        return (settings, WebhookVerifier(keys: [try VerificationKey(secret)]))
    }

    @Test(
        "our own verifier takes exactly what is genuine",
        arguments: SigningSecret.Kind.allCases, CheckCase.all.filter { $0.name != "head" })
    func agreesWithOurVerifier(kind: SigningSecret.Kind, check: CheckCase) throws {
        let (settings, verifier) = try settings(kind)
        for probe in try check.probes(CheckContext(run: "run", at: Self.now, settings: settings)) {
            let verified = try? verifier.verify(body: probe.body, at: Self.now.secondsSince1970) { name in
                probe.headers.first { $0.name.lowercased() == name }?.value
            }
            #expect((verified != nil) == probe.isGenuine)
        }
    }

    @Test("the empty key exists for HMAC only")
    func emptyKey() throws {
        let check = try #require(CheckCase.all.first { $0.name == "empty-key" })
        let symmetric = try check.probes(CheckContext(run: "run", at: Self.now, settings: settings().0))
        let asymmetric = try check.probes(CheckContext(run: "run", at: Self.now, settings: settings(.ed25519).0))
        #expect((symmetric.count, asymmetric.count) == (1, 0))
    }

    @Test("the large body has the bytes that were asked for")
    func largeBody() throws {
        let check = try #require(CheckCase.all.first { $0.name == "large-body" })
        let probes = try check.probes(CheckContext(run: "run", at: Self.now, settings: settings().0))
        #expect(probes.first?.body.count == 50_000)
        #expect(throws: Never.self) { try JSONValue.parse(probes[0].body) }
    }

    @Test("names are different, so that a report can be compared with the one before")
    func names() { #expect(Set(CheckCase.all.map(\.name)).count == CheckCase.all.count) }

    @Test("no event of one run is one of another")
    func runs() throws {
        let (settings, _) = try settings()
        let ids = try ["a", "b"].map { run in
            Set(try CheckCase.all.flatMap { try $0.probes(CheckContext(run: run, at: Self.now, settings: settings)) }.map(\.id))
        }
        #expect(ids[0].intersection(ids[1]) == [""])
    }
}

struct CheckJudgementTests {
    private static let genuine = CheckProbe(id: "a", headers: [], body: [], isGenuine: true)

    private func outcome(
        _ name: String, _ statuses: [Int], genuine: [Bool], effects: [String: Int] = [:]
    ) throws -> CheckResult.Outcome {
        let check = try #require(CheckCase.all.first { $0.name == name })
        let probes = genuine.map { CheckProbe(id: "a", headers: [], body: [], isGenuine: $0) }
        let answers = statuses.map { CheckAnswer(.status($0, bodyBytes: 0), elapsed: .milliseconds(1)) }
        return check.judge(probes, answers, effects: effects).outcome
    }

    @Test(
        "only 2xx accepts",
        arguments: [(200, true), (204, true), (299, true), (199, false), (300, false), (401, false), (500, false)])
    func accepts(status: Int, passes: Bool) throws {
        #expect(try (outcome("valid", [status], genuine: [true]) == .passed) == passes)
    }

    @Test(
        "only 4xx refuses, and not those that mean something else to a sender",
        arguments: [
            (400, true), (401, true), (403, true), (404, true), (422, true), (408, false), (410, false), (429, false),
            (200, false), (302, false), (399, false), (500, false), (501, false),
        ])
    func refuses(status: Int, passes: Bool) throws {
        #expect(try (outcome("stale", [status], genuine: [false]) == .passed) == passes)
    }

    @Test(
        "the same bytes again may be accepted or refused, but are no reason to fail",
        arguments: [([204, 204], true), ([204, 409], true), ([204, 401], true), ([204, 500], false), ([401, 204], false)])
    func replayed(statuses: [Int], passes: Bool) throws {
        #expect(try (outcome("replayed", statuses, genuine: [true, true]) == .passed) == passes)
    }

    @Test(
        "duplicates at the same moment may wait for one another",
        arguments: [([204, 204], true), ([204, 409], true), ([409, 409], false), ([204, 500], false), ([204, 401], false)])
    func together(statuses: [Int], passes: Bool) throws {
        #expect(try (outcome("concurrent-duplicates", statuses, genuine: [true, true]) == .passed) == passes)
    }

    @Test(
        "HEAD gets what says that the URL is there",
        arguments: [(200, true), (204, true), (405, true), (404, false), (501, false)])
    func head(status: Int, passes: Bool) throws {
        #expect(try (outcome("head", [status], genuine: [false]) == .passed) == passes)
    }

    @Test("one event has one effect, and a forgery none")
    func effects() throws {
        #expect(try outcome("duplicate", [204, 204], genuine: [true, true], effects: ["a": 1]) == .passed)
        #expect(try outcome("duplicate", [204, 204], genuine: [true, true], effects: ["a": 2]) == .failed)
        #expect(try outcome("duplicate", [204, 204], genuine: [true, true], effects: ["a": 0]) == .failed)
        #expect(try outcome("stale", [401], genuine: [false], effects: ["a": 1]) == .failed)
    }

    @Test("the slowest answer decides whether all are in time", arguments: [(999, true), (1000, true), (1001, false)])
    func inTime(milliseconds: Int, passes: Bool) {
        let answers = [1, milliseconds].map { CheckAnswer(.status(204, bodyBytes: 0), elapsed: .milliseconds($0)) }
        #expect((CheckReport.inTime(answers, limit: .seconds(1)).outcome == .passed) == passes)
    }
}

extension CheckCase: CustomTestStringConvertible {
    /// The name.
    public var testDescription: String { name }
}
