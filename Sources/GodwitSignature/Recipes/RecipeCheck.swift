import GodwitCore

/// A recipe with its keys.
struct RecipeCheck: SchemeCheck {
    let recipe: SignatureRecipe
    let keys: [RecipeKey]
    let grade: TrustGrade
    let tolerance: Int64?
    let webhookID: String?

    func applies(to request: WebhookRequest) -> Bool {
        switch recipe.place {
        case .header(let name, let prefix):
            // Two providers share a header and differ in its prefix only.
            request.headers[name].map { $0.hasPrefix(prefix) } ?? false
        case .list(let name, _, _, _): request.headers[name] != nil
        case .json(let pointer): request.body.count <= SignatureLimits.parsedBodyBytes && pointer.text(in: request.body) != nil
        }
    }

    func check(_ request: WebhookRequest, at nowSeconds: Int64) throws(VerificationError) -> Finding {
        try recipe.checkPrecondition(request)
        let found = try recipe.signatures(in: request)
        let content = RecipeContent(recipe: recipe, request: request, parameters: found.parameters, webhookID: webhookID)
        let (timestamp, seconds) = try time(content, at: nowSeconds)
        guard !found.signatures.isEmpty else { throw .noMatchingSignature }
        for key in keys where try key.signed(content, timestamp: timestamp, found, as: recipe.algorithm) {
            return .proved(grade, timestampSeconds: seconds)
        }
        throw .noMatchingSignature
    }

    private func time(
        _ content: RecipeContent, at nowSeconds: Int64
    ) throws(VerificationError) -> (text: String, seconds: Int64?) {
        guard let rule = recipe.time else { return ("", nil) }
        let text = try content.value(rule.place)
        let seconds = rule.unit.seconds(text)
        // Libraries that ask for age only take zero to mean any age.
        if let tolerance, !(rule.acceptsFuture && tolerance == 0) {
            guard let seconds else { throw .malformedTimestamp }
            try Freshness.check(seconds, at: nowSeconds, past: tolerance, future: rule.acceptsFuture ? nil : tolerance)
        }
        return (text, seconds)
    }
}
