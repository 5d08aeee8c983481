import Crypto
import GodwitCore

struct StandardWebhooksSigning: SchemeSigning {
    let signer: WebhookSigner

    func sign(_ request: WebhookRequest, id: String, at nowSeconds: Int64) throws(ProviderSigningError) -> SignedWebhook {
        var draft = SigningDraft(request)
        let id = draft.add("webhook-id", id)
        let timestamp = draft.add("webhook-timestamp", String(nowSeconds))
        guard let seconds = Int64(timestamp) else { throw .missing("a webhook-timestamp in seconds") }
        do throws(SigningError) {
            draft.add("webhook-signature", try signer.signatureHeader(id: id, timestampSeconds: seconds, body: request.body))
        } catch {
            throw .refused
        }
        return draft.signed
    }
}

extension ProviderSecret {
    func standardWebhooksSigningKey(_ variant: StandardWebhooksVariant) throws(ProviderSecretError) -> WebhookSigner.Key {
        switch form {
        case .asymmetric:
            guard case .ed25519(let key) = try privateKey() else { throw .wrongKind }
            return .ed25519(key)
        case .asProvided where text.hasPrefix(SigningSecret.Prefix.ed25519),
            .standardWebhooks where text.hasPrefix(SigningSecret.Prefix.ed25519):
            guard case .ed25519(let key) = try privateKey() else { throw .wrongKind }
            return .ed25519(key)
        case .asProvided, .utf8, .hex, .base64, .standardWebhooks:
            guard case .symmetric(let keyed) = try verificationKey(variant).material else { throw .wrongKind }
            return .symmetric(keyed)
        }
    }
}

/// Shows the secret where the receiver expects it.
struct TokenSigning: SchemeSigning {
    let place: TokenPlace
    let token: String
    let idPlaces: [ValuePlace]

    func sign(_ request: WebhookRequest, id: String, at nowSeconds: Int64) throws(ProviderSigningError) -> SignedWebhook {
        var draft = SigningDraft(request)
        if case .header(let name)? = idPlaces.first { draft.add(name, id) }
        switch place {
        case .header(let name, let prefix): draft.add(name, prefix + token)
        case .json(let pointer): draft.bodyFields.append(.init(pointer: pointer.description, value: token))
        case .jsonItems(let array, let member):
            guard case .array(let items)? = (try? JSONValue.parse(request.body))?[array] else {
                throw .missing("\(array) in the body")
            }
            draft.bodyFields = items.indices.map { .init(pointer: "/\(array)/\($0)/\(member)", value: token) }
        case .query(let name):
            guard let url = request.url else { throw .missing("the URL") }
            let value = PercentEncoding.encode(token.utf8) {
                Character(Unicode.Scalar($0)).isLetter && $0 < 0x80 || (0x30...0x39).contains($0)
            }
            draft.redirect(to: "\(url)\(url.contains("?") ? "&" : "?")\(name)=\(value)")
        }
        return draft.signed
    }
}

struct TwilioSigning: SchemeSigning {
    let hash: HMACHash
    let key: KeyedHMAC
    /// The identifier of the shared key, which the newer mode names.
    let settings: String?

    func sign(_ request: WebhookRequest, id: String, at nowSeconds: Int64) throws(ProviderSigningError) -> SignedWebhook {
        guard var url = request.url else { throw .missing("the URL") }
        var draft = SigningDraft(request)
        let type = request.headers["content-type"]?.prefix { $0 != ";" }.lowercased()
        let isForm = type == nil || type == "application/x-www-form-urlencoded"
        if !isForm, !request.body.isEmpty, RequestURL(url).queryValues("bodySHA256").isEmpty {
            url += "\(url.contains("?") ? "&" : "?")bodySHA256=\(Digests.sha256Hex(request.body))"
            draft.redirect(to: url)
        }
        if hash == .sha256 {
            draft.add("x-twilio-webhooks-signature-settings", "key=\(settings ?? "webhooks_sharedkey"),algorithm=HMAC_SHA256")
        }
        draft.add("i-twilio-idempotency-token", id)
        var code = key
        code.update(Array(url.utf8))
        do throws(VerificationError) {
            code.update(try Twilio.signedParameters(draft.request))
        } catch {
            throw ProviderSigningError(error)
        }
        draft.add("x-twilio-signature", Base64.encode(code.code))
        return draft.signed
    }
}

struct AdyenItemsSigning: SchemeSigning {
    let key: KeyedHMAC

    func sign(_ request: WebhookRequest, id: String, at nowSeconds: Int64) throws(ProviderSigningError) -> SignedWebhook {
        let items: [JSONValue]
        do throws(VerificationError) {
            items = try AdyenItems.read(request.body)
        } catch {
            throw ProviderSigningError(error)
        }
        var draft = SigningDraft(request)
        draft.bodyFields = items.enumerated().map { index, item in
            var code = key
            code.update(Array(AdyenItems.signedText(item).utf8))
            return .init(
                pointer: "/notificationItems/\(index)/NotificationRequestItem/additionalData/hmacSignature",
                value: Base64.encode(code.code))
        }
        return draft.signed
    }
}

struct SNSSigning: SchemeSigning {
    let key: PrivateKey

    func sign(_ request: WebhookRequest, id: String, at nowSeconds: Int64) throws(ProviderSigningError) -> SignedWebhook {
        guard let message = try? JSONValue.parse(request.body), case .object = message else { throw .malformedBody }
        for name in ["MessageId", "Timestamp", "TopicArn", "Type", "Message"] where message[name] == nil {
            throw .missing("\(name) in the body")
        }
        let hash: HMACHash = message["SignatureVersion"] == .string("1") ? .sha1 : .sha256
        guard let signature = key.signature(for: Array(SNS.signedText(message).utf8), as: .rsaPKCS1(hash)) else {
            throw .refused
        }
        var draft = SigningDraft(request)
        draft.bodyFields = [.init(pointer: "/Signature", value: Base64.encode(signature))]
        if message["SignatureVersion"] == nil { draft.bodyFields.append(.init(pointer: "/SignatureVersion", value: "2")) }
        return draft.signed
    }
}

struct ContentDigestSigning: SchemeSigning {
    func sign(_ request: WebhookRequest, id: String, at nowSeconds: Int64) throws(ProviderSigningError) -> SignedWebhook {
        var draft = SigningDraft(request)
        draft.add("content-digest", ContentDigest.sha256(request.body))
        return draft.signed
    }
}
