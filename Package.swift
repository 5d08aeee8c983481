// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "godwit",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "godwit", targets: ["godwit"]),
        .library(name: "GodwitSignature", targets: ["GodwitSignature"]),
        .library(name: "GodwitReceiver", targets: ["GodwitReceiver"]),
        .library(name: "GodwitReceiverHummingbird", targets: ["GodwitReceiverHummingbird"]),
    ],
    traits: [
        .default(enabledTraits: ["Postgres"]),
        .trait(name: "Postgres", description: "A store on PostgreSQL; needs libpq."),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(
            url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: ["YAML"]),
        // Comes with swift-configuration.
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        // Pure: values and functions, nothing but the standard library.
        .target(name: "GodwitCore"),
        // Ports: what the shell may ask of any database.
        .target(name: "GodwitStore", dependencies: ["GodwitCore"]),
        // Public: signatures of webhooks, for both sides. Links no more of Foundation than swift-crypto does.
        .target(
            name: "GodwitSignature",
            dependencies: [
                "GodwitCore",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        // Public: what a receiver of webhooks needs besides its own work.
        .target(
            name: "GodwitReceiver",
            dependencies: [
                "GodwitCore", "GodwitSignature", "CSQLite",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        .target(
            name: "GodwitReceiverHummingbird",
            dependencies: [
                "GodwitReceiver", "GodwitSignature",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        // What both databases share: the statements, and what is done with them.
        .target(name: "GodwitSQL", dependencies: ["GodwitCore", "GodwitStore"]),
        .target(name: "GodwitSQLite", dependencies: ["GodwitCore", "GodwitSQL", "GodwitStore", "CSQLite"]),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        // Empty without the trait.
        .target(
            name: "GodwitPostgres",
            dependencies: [
                "GodwitCore", "GodwitSQL", "GodwitStore", .target(name: "CPostgres", condition: .when(traits: ["Postgres"])),
            ]),
        // Shell: sockets to receivers.
        .target(
            name: "GodwitSender",
            dependencies: [
                "GodwitCore",
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
            ]),
        // Shell: moves the core's effects to sockets and rows.
        .target(
            name: "GodwitEngine",
            dependencies: [
                "GodwitCore", "GodwitStore", "GodwitSender", "GodwitSignature",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .target(
            name: "GodwitHTTP",
            dependencies: [
                "GodwitCore", "GodwitStore", "GodwitSignature", "GodwitEngine",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "Yams", package: "Yams"),
            ],
            // Scripts/openapi puts it into DocsPage.swift.
            exclude: ["Docs/page.html"]),
        // The benchmark's load, sink and figures.
        .target(
            name: "GodwitBench",
            dependencies: [
                "GodwitCore",
                .product(name: "Histogram", package: "hdrhistogram-swift"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        // What a receiver must do, how it is asked, and what its answers mean.
        .target(name: "GodwitCheck", dependencies: ["GodwitCore", "GodwitSignature"]),
        // What clients of a feed and local receivers decide: pages, cursors, rules, cassettes.
        .target(name: "GodwitListen", dependencies: ["GodwitCore"]),
        .executableTarget(
            name: "godwit",
            dependencies: [
                "GodwitBench", "GodwitCheck", "GodwitListen", "GodwitCore", "GodwitStore", "GodwitSQL", "GodwitSQLite",
                .target(name: "GodwitPostgres", condition: .when(traits: ["Postgres"])),
                "GodwitEngine", "GodwitHTTP", "GodwitSignature",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),
        .target(
            name: "GodwitSimulation",
            dependencies: ["GodwitCore", "GodwitStore", .product(name: "HeapModule", package: "swift-collections")]),
        .executableTarget(
            name: "godwit-sim",
            dependencies: ["GodwitSimulation", .product(name: "ArgumentParser", package: "swift-argument-parser")]),
        // What tests share: a scripted receiver, certificates, the suite that every store must pass.
        .target(
            name: "GodwitTestKit",
            dependencies: [
                "GodwitCore", "GodwitStore",
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
            ]),
        .testTarget(name: "GodwitCoreTests", dependencies: ["GodwitCore"]),
        // A program with nothing else in it, so that a test can look at what the library makes it link.
        .executableTarget(name: "signature-linkage", dependencies: ["GodwitSignature"], path: "Tests/SignatureLinkage"),
        .testTarget(
            name: "GodwitSignatureTests", dependencies: ["GodwitCore", "GodwitSignature", "signature-linkage"],
            exclude: ["Vectors/vectors.json"]),
        .testTarget(
            name: "GodwitReceiverTests",
            dependencies: [
                "GodwitCore", "GodwitReceiver", "GodwitReceiverHummingbird", "GodwitSignature", "GodwitTestKit",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        // A receiver that end-to-end tests start and kill.
        .executableTarget(
            name: "receiver-program",
            dependencies: [
                "GodwitReceiver", "GodwitReceiverHummingbird", "GodwitSignature",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Tests/ReceiverProgram"),
        .testTarget(
            name: "GodwitStoreTests",
            dependencies: [
                "GodwitCore", "GodwitStore", "GodwitSQL", "GodwitSQLite", "GodwitSimulation", "GodwitTestKit",
                .target(name: "GodwitPostgres", condition: .when(traits: ["Postgres"])),
            ]),
        .testTarget(
            name: "GodwitSenderTests",
            dependencies: [
                "GodwitCore", "GodwitSender", "GodwitTestKit",
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        .testTarget(
            name: "GodwitEngineTests",
            dependencies: [
                "GodwitCore", "GodwitEngine", "GodwitSQLite", "GodwitSignature", "GodwitSimulation", "GodwitStore",
                "GodwitTestKit",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .testTarget(
            name: "GodwitHTTPTests",
            dependencies: [
                "GodwitCore", "GodwitStore", "GodwitSignature", "GodwitEngine", "GodwitHTTP", "GodwitSQLite", "GodwitTestKit",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .testTarget(
            name: "GodwitBenchTests",
            dependencies: [
                "GodwitBench", "GodwitCore",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .testTarget(name: "GodwitCheckTests", dependencies: ["GodwitCheck", "GodwitCore", "GodwitSignature"]),
        // Programs to copy, built here so that they can't grow stale. No product names them, and a package that depends on this one
        // builds only the products that it uses: their users never compile them.
        .executableTarget(
            name: "HummingbirdReceiver",
            dependencies: [
                "GodwitReceiver", "GodwitReceiverHummingbird", "GodwitSignature",
                .product(name: "Hummingbird", package: "hummingbird"),
            ],
            path: "Examples/HummingbirdReceiver/Sources"),
        .executableTarget(
            name: "NIOReceiver",
            dependencies: [
                "GodwitReceiver", "GodwitSignature",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Examples/NIOReceiver/Sources"),
        .executableTarget(
            name: "TossPaymentsReceiver",
            dependencies: [
                "GodwitReceiver", "GodwitReceiverHummingbird", "GodwitSignature",
                .product(name: "Hummingbird", package: "hummingbird"),
            ],
            path: "Examples/toss-payments/Sources"),
        .testTarget(name: "GodwitListenTests", dependencies: ["GodwitListen", "GodwitCore"]),
        .testTarget(name: "GodwitSimulationTests", dependencies: ["GodwitSimulation", "godwit-sim"]),
    ]
)

/// Compiled as in a reader's own package, where nothing of the loop below holds but Swift 6.
func isExample(_ target: Target) -> Bool { target.path?.hasPrefix("Examples/") ?? false }

for target in package.targets where isExample(target) {
    target.swiftSettings = [
        .swiftLanguageMode(.v6), .treatAllWarnings(as: .error), .treatWarning("DeprecatedDeclaration", as: .warning),
    ]
}

// One place, one reason per line: the whole language mode, and warnings that stop the build.
for target in package.targets where target.type != .system && target.type != .plugin && !isExample(target) {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .swiftLanguageMode(.v6),
            .strictMemorySafety(),
            .treatAllWarnings(as: .error),
            // A dependency's minor release must not break our build.
            .treatWarning("DeprecatedDeclaration", as: .warning),
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
            .enableUpcomingFeature("InferIsolatedConformances"),
            .enableUpcomingFeature("ImmutableWeakCaptures"),
        ]
}
