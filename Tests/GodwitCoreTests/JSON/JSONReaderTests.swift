import GodwitCore
import Testing

@Suite("JSON reader")
struct JSONReaderTests {
    @Test("reads fields of every shape")
    func readsShapes() throws {
        let body = #"""
            {"name":"caf\u00e9","on":true,"off":false,"count":250,"tags":["a","b\n"],"map":{"x":"1","y":"2","x":"3"},
             "at":"2026-11-24T10:20:30+09:00","any":{"z":[1.50]},"payload":{ "n": 1e2 },"ignored":{}}
            """#
        var reader = try JSONReader(Array(body.utf8))
        #expect(reader.required("name", .string) == "café")
        #expect(reader.required("on", .bool) == true)
        #expect(reader.optional("off", .bool) == false)
        #expect(reader.required("count", .int(in: 1...250)) == 250)
        #expect(reader.required("tags", .stringArray) == ["a", "b\n"])
        #expect(reader.required("map", .stringMap) == ["x": "3", "y": "2"])
        #expect(reader.required("at", .instant) == RFC3339.parse("2026-11-24T01:20:30Z"))
        #expect(reader.required("any", .value) == .object([.init("z", .array([.number("1.50")]))]))
        #expect(reader.required("payload", .rawObject) == Array("{ \"n\": 1e2 }".utf8))
        #expect(reader.required("payload", .raw) == Array("{ \"n\": 1e2 }".utf8))
        try reader.finish()
    }

    @Test("tells absent, null and a value apart")
    func tellsFieldsApart() throws {
        var reader = try JSONReader(Array(#"{"a":null,"b":"x"}"#.utf8))
        #expect(reader.field("a", .string) == .null)
        #expect(reader.field("b", .string) == .value("x"))
        #expect(reader.field("c", .string) == .absent)
        #expect(reader.optional("a", .string) == nil)
        #expect(reader.optional("c", .string) == nil)
        try reader.finish()
    }

    @Test("takes the last of members with the same name, however it is written")
    func lastCounts() throws {
        var reader = try JSONReader(Array(#"{"a":"first","\u0061":"last"}"#.utf8))
        #expect(reader.required("a", .string) == "last")
        try reader.finish()
    }

    @Test("collects every error with its place, what was expected and what came")
    func collects() throws {
        let body = #"""
            {"name":7,"on":"yes","count":1.0,"far":251,"huge":123456789012345678901234567890,"tags":["a",1,null],
             "map":{"k":{}},"at":"yesterday","when":0,"payload":[]}
            """#
        var reader = try JSONReader(Array(body.utf8))
        _ = reader.required("name", .string)
        _ = reader.required("missing", .string)
        _ = reader.optional("on", .bool)
        _ = reader.optional("count", .int(in: 1...250))
        _ = reader.optional("far", .int(in: 1...250))
        _ = reader.optional("huge", .int(in: -5 ... -1))
        _ = reader.optional("tags", .stringArray)
        _ = reader.optional("map", .stringMap)
        _ = reader.optional("at", .instant)
        _ = reader.optional("when", .instant)
        _ = reader.required("payload", .rawObject)
        reader.fail("uid", "already taken", type: "conflict")
        let expected = [
            FieldError(["body", "name"], "expected a string, got a number", type: "value_error.jsondecode"),
            FieldError(["body", "missing"], "this field is required", type: "value_error.missing"),
            FieldError(["body", "on"], "expected true or false, got a string", type: "value_error.jsondecode"),
            FieldError(
                ["body", "count"], "expected an integer from 1 to 250, got a number with a fraction or an exponent",
                type: "value_error.jsondecode"),
            FieldError(["body", "far"], "expected an integer from 1 to 250, got a number out of this range"),
            FieldError(["body", "huge"], "expected an integer from -5 to -1, got a number out of this range"),
            FieldError(["body", "tags", "1"], "expected a string, got a number", type: "value_error.jsondecode"),
            FieldError(["body", "tags", "2"], "expected a string, got null", type: "value_error.jsondecode"),
            FieldError(["body", "map", "k"], "expected a string, got an object", type: "value_error.jsondecode"),
            FieldError(["body", "at"], "expected a time as in 2026-11-24T10:20:30Z (RFC 3339)"),
            FieldError(["body", "when"], "expected a time as a string, got a number", type: "value_error.jsondecode"),
            FieldError(["body", "payload"], "expected an object, got an array", type: "value_error.jsondecode"),
            FieldError(["body", "uid"], "already taken", type: "conflict"),
        ]
        #expect(throws: ValidationError(errors: expected)) { try reader.finish() }
    }

    @Test("does not take null for a required value")
    func requiredIsNotNull() {
        let expected = FieldError(["body", "name"], "expected a string, got null", type: "value_error.jsondecode")
        #expect(throws: ValidationError(errors: [expected])) {
            try JSONReader.read(Array(#"{"name":null}"#.utf8)) { $0.required("name", .string) }
        }
    }

    @Test("reads an object inside the object, with its errors under its name")
    func readsNested() throws {
        var reader = try JSONReader(Array(#"{"app":{"name":"n","uid":3},"none":null,"list":[]}"#.utf8))
        let name = reader.object("app") { $0.required("name", .string) }
        #expect(name == .value("n"))
        #expect(reader.object("none") { $0.required("name", .string) } == .null)
        #expect(reader.object("gone") { $0.required("name", .string) } == .absent)
        try reader.finish()
        _ = reader.object("app") { $0.required("uid", .string) }
        _ = reader.object("list") { $0.required("uid", .string) }
        let expected = [
            FieldError(["body", "app", "uid"], "expected a string, got a number", type: "value_error.jsondecode"),
            FieldError(["body", "list"], "expected an object, got an array", type: "value_error.jsondecode"),
        ]
        #expect(throws: ValidationError(errors: expected)) { try reader.finish() }
    }

    @Test(
        "refuses a body that is no object",
        arguments: [
            ("", "invalid JSON at byte 0: there is no value"), ("[]", "expected an object, got an array"),
            ("null", "expected an object, got null"),
            ("{\"a\":1,}", "invalid JSON at byte 7: expected a member's name in double quotes"),
            ("{\"secret\":hunter2}", "invalid JSON at byte 10: expected a value"),
        ])
    func refusesOtherBodies(body: String, message: String) {
        let expected = FieldError(["body"], message, type: "value_error.jsondecode")
        #expect(throws: ValidationError(errors: [expected])) { try JSONReader(Array(body.utf8)) }
    }

    @Test("accepts members and items up to the limit and refuses one more")
    func boundsItems() throws {
        func object(_ count: Int) -> String { "{\((0..<count).map { "\"m\($0)\":\"\"" }.joined(separator: ","))}" }
        func array(_ count: Int) -> String { "[\((0..<count).map { _ in "\"\"" }.joined(separator: ","))]" }
        let (limit, tooMany) = (Limits.requestItems, Limits.requestItems + 1)
        _ = try JSONReader(Array(object(limit).utf8))
        #expect(throws: ValidationError(["body"], "expected at most \(limit) members")) {
            try JSONReader(Array(object(tooMany).utf8))
        }
        var reader = try JSONReader(Array("{\"list\":\(array(limit)),\"map\":\(object(limit))}".utf8))
        #expect(reader.required("list", .stringArray).count == limit)
        #expect(reader.required("map", .stringMap).count == limit)
        try reader.finish()
        reader = try JSONReader(Array("{\"list\":\(array(tooMany)),\"map\":\(object(tooMany))}".utf8))
        _ = reader.required("list", .stringArray)
        _ = reader.required("map", .stringMap)
        let expected = [
            FieldError(["body", "list"], "expected at most \(limit) values"),
            FieldError(["body", "map"], "expected at most \(limit) values"),
        ]
        #expect(throws: ValidationError(errors: expected)) { try reader.finish() }
    }

    @Test("lists a bounded number of errors")
    func boundsErrors() throws {
        let items = (0..<Limits.requestItems).map { _ in "0" }.joined(separator: ",")
        let error = #expect(throws: ValidationError.self) {
            try JSONReader.read(Array("{\"list\":[\(items)]}".utf8)) { $0.required("list", .stringArray) }
        }
        #expect(error?.errors.count == Limits.requestErrors)
    }
}
