import GodwitSignature

/// How far a request gets before any handler.
enum Admission: Sendable {
    case answer(WebhookResponse)
    case webhook(VerifiedWebhook)
}

extension WebhookReceiver {
    /// Everything that is checked before a handler, in the order of what it costs.
    func admit(_ request: WebhookRequest, peer: String?) async -> Admission {
        if let sources = options.sources,
            !sources.admits(peer: peer, forwardedFor: request.headers.values("x-forwarded-for"))
        {
            return refuse(.text(403, "this address may not send webhooks"), "source-address")
        }
        guard request.body.count <= options.maxBodyBytes else {
            return refuse(.text(413, "the body has more than \(options.maxBodyBytes) bytes"), "too-large")
        }
        var request = request
        if let origin = options.publicOrigin, let path = request.url, path.hasPrefix("/") { request.url = origin + path }
        let handshake = handshakes.handshake(in: request)
        if case .answer(let response, afterVerification: false) = handshake {
            options.observe?(.handshake)
            return .answer(WebhookResponse(response))
        }
        guard request.method == "POST" || request.method == "PUT" else {
            return refuse(.text(405, "webhooks are sent with POST", also: [.init("allow", "POST, PUT, HEAD")]), "method")
        }
        let chosen: ProviderVerifier?
        do {
            chosen = try await verifier(for: request)
        } catch {
            options.observe?(.failed(key: "verifier", error))
            return .answer((error as? WebhookRejection)?.response ?? .text(500, "failed"))
        }
        switch judge(request, by: chosen) {
        case .failure(let error):
            return refuse(.text(error.responseStatus, error.description), error.reason)
        case .success(.unverified(let webhook)):
            return .answer(await refetch(webhook))
        case .success(.verified(let webhook)):
            guard let handshake else { return .webhook(webhook) }
            return .answer(await answer(handshake))
        }
    }

    /// nil: nobody is known whose webhook this may be.
    func verifier(for request: WebhookRequest) async throws -> ProviderVerifier? {
        guard let choose = options.chooseVerifier else { return verifier }
        return try await choose(request)
    }

    private func judge(
        _ request: WebhookRequest, by verifier: ProviderVerifier?
    ) -> Result<WebhookJudgement, VerificationError> {
        do throws(VerificationError) {
            guard let verifier else { throw .noMatchingSignature }
            return .success(try verifier.judge(request, at: clock.nowSeconds))
        } catch {
            return .failure(error)
        }
    }

    private func refuse(_ response: WebhookResponse, _ reason: String) -> Admission {
        options.observe?(.refused(status: response.status, reason: reason))
        return .answer(response)
    }

    private func refetch(_ webhook: UnverifiedWebhook) async -> WebhookResponse {
        guard let refetch = options.refetch else {
            let error = VerificationError.unverifiable(refetch: webhook.refetch)
            options.observe?(.refused(status: error.responseStatus, reason: error.reason))
            return .text(error.responseStatus, error.description)
        }
        do {
            return try await refetch(webhook)
        } catch {
            options.observe?(.failed(key: "unverified", error))
            return (error as? WebhookRejection)?.response ?? .text(500, "failed")
        }
    }

    private func answer(_ handshake: Handshake) async -> WebhookResponse {
        options.observe?(.handshake)
        switch handshake {
        case .answer(let response, afterVerification: _): return WebhookResponse(response)
        case .confirm(let url):
            guard let confirm = options.confirmSubscription else { return .text(403, "subscriptions are not confirmed here") }
            do {
                try await confirm(url)
                return WebhookResponse(status: options.acceptedStatus)
            } catch {
                options.observe?(.failed(key: "confirmation", error))
                return .text(500, "the confirmation failed")
            }
        }
    }
}
