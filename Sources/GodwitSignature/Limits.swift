/// Every bound of this library, with its unit and what happens past it.
public enum SignatureLimits {
    /// Signatures of one request that are looked at. Past it: ignored. A sender in rotation has about ten secrets; without a bound,
    /// a forger would have an Ed25519 check made for every 90 bytes of header.
    public static let signaturesConsidered = 32
    /// Keys of one verifier. Past it: refused when the verifier is made.
    public static let keys = 32
    /// Bytes of a header that carries signatures. Past it: `tooLarge`.
    public static let signatureHeaderBytes = 16 << 10
    /// Bytes of a body that is parsed in order to find its signature, or its identifier. Past it: `tooLarge`.
    public static let parsedBodyBytes = 8 << 20
    /// Form parameters that a signature covers. Past it: `tooLarge`.
    public static let formParameters = 2000
    /// Components that one HTTP message signature covers. Past it: `tooLarge`.
    public static let coveredComponents = 64
    /// Items of one body of which each is signed. Past it: `tooLarge`.
    public static let signedItems = 1000
    /// Bytes of a JSON Web Token. Past it: `tooLarge`.
    public static let tokenBytes = 16 << 10
    /// Bytes of a challenge that a handshake repeats. Past it: refused with 400, so that nobody makes us a mirror for large answers.
    public static let challengeBytes = 4 << 10
}
