package import GodwitCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The operating system's resolver: `/etc/hosts`, DNS and whatever else `nsswitch.conf` names.
package enum SystemNameLookup {
    /// Blocks, for 10 s and more when no DNS server answers. The order is the system's preference (RFC 6724).
    package static func addresses(of name: String) throws(NameLookupError) -> [IPAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        #if canImport(Glibc)
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
        unsafe hints.ai_socktype = Int32(SOCK_STREAM)
        #endif
        var first: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(name, nil, &hints, &first)
        guard code == 0 else { throw NameLookupError(unsafe String(cString: gai_strerror(code)).lowercased()) }
        defer { unsafe freeaddrinfo(first) }
        var addresses: [IPAddress] = []
        var next = unsafe first
        while let info = unsafe next {
            if let address = unsafe address(of: info.pointee), !addresses.contains(address) { addresses.append(address) }
            unsafe next = info.pointee.ai_next
        }
        return addresses
    }

    /// The address stands at a fixed place after family, port and, for IPv6, flow label. Read by offset, because the fields'
    /// names belong to whichever module declared the C structure first, which differs between builds.
    private static func address(of info: addrinfo) -> IPAddress? {
        let bytes = unsafe UnsafeRawBufferPointer(start: info.ai_addr, count: Int(info.ai_addrlen))
        let range: Range<Int>
        switch unsafe info.ai_family {
        case AF_INET: range = 4..<8
        case AF_INET6: range = 8..<24
        default: return nil
        }
        guard bytes.count >= range.upperBound else { return nil }
        return unsafe IPAddress(bytes: bytes[range])
    }
}
