import GodwitSignature

// A receiver's whole dependency, to be looked at by LinkageTests: it verifies one webhook of every kind of key.
for provider in [Provider.standardWebhooks, .payPal, .sendGrid, .httpSignatures] {
    print(provider.rawValue, provider.schemes.count)
}
