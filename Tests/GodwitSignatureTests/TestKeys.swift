/// Keys made for these tests and used nowhere else.
enum TestKeys {
    /// The key of RFC 9421 B.1.4: seed and public key.
    static let ed25519Private = "9f8362f87a484a954e6e740c5b4c0e84229139a20aa8ab56ff66586f6a7d29c5"
    static let ed25519Public = "26b40b8f93fff3d897112f7ebc582b232dbd72517d082fe83cfb30ddce43d1bb"
    static let p256Private = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgVI8zmhGLhRbaS1iz
        K19XkMUVzxL+j1bGJuHqyw3pYPqhRANCAATg0DlpGj1RvQwc3vfUS2q1rdBldFFk
        GaK+zUWjmxrofDWwBp1ylCVfnft8JVjZN3cC53UDMRgHAGVgmPRDfF4G
        -----END PRIVATE KEY-----
        """
    static let p256Public = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE4NA5aRo9Ub0MHN731Etqta3QZXRR
        ZBmivs1Fo5sa6Hw1sAadcpQlX537fCVY2Td3Aud1AzEYBwBlYJj0Q3xeBg==
        -----END PUBLIC KEY-----
        """
    static let otherP256Public = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE5spTRP5KaPNZG3SnI9/osBtKz1G8
        XV1uwBwGybr8jQx8wJujm3QUXvnAVyvivtMYkZw4Q/27qdieJZHMBvb5bQ==
        -----END PUBLIC KEY-----
        """
    static let p384Private = """
        -----BEGIN PRIVATE KEY-----
        MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDDo1HnmlAep1DkAVImB
        ZsWhVQlwIa7mtYMTEI4JN26ffd3ZeUPW9TCcXvAPsEHuz2ShZANiAAS1tJ1sG5dm
        qd5Bgx03p5dYTbKetT++Jn8xwjOeQQw3wZBcZZsD5UGWsswa8xV/Yqtqdb1BDJGR
        ZedSTLHGRiSnzqLKcdnFsLCBQQhNYu1gRZshsy15ThgeRdydboOkQak=
        -----END PRIVATE KEY-----
        """
    static let p384Public = """
        -----BEGIN PUBLIC KEY-----
        MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEtbSdbBuXZqneQYMdN6eXWE2ynrU/viZ/
        McIznkEMN8GQXGWbA+VBlrLMGvMVf2KranW9QQyRkWXnUkyxxkYkp86iynHZxbCw
        gUEITWLtYEWbIbMteU4YHkXcnW6DpEGp
        -----END PUBLIC KEY-----
        """
    static let rsaPrivate = """
        -----BEGIN PRIVATE KEY-----
        MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCeEWYiiNs4AFv4
        jDah2tK1YfggL/XRxK6hpFzZBjHm2K/kjs5xERpLYWOMM4HUhISLyCvD8NSzjMWe
        cKVIaH1nyoE0FOrAcB5hzy9lE4fQPg81T4MAd4rj8oPl9upoSB0OoZgVE8skMLq5
        z6ehwtQYAC3VLReUaRwlbvE7NAAVAT+oX3FhIZtaB9xrN3UzGtKDbZFCbDqnPJZP
        Ei6zKp5L3lWQkuWXuExGZ0KKljtVGTatIzEEWlO8ej+ERpFnDGQk0AEGj6uJlpmQ
        9uQi3rxtDVxSfrwV8BAifSM3A+oFJQMNOAz1AE54wZlIpk/rEb2j8U48ULKE3gzR
        pMin1adzAgMBAAECggEAAT4nqrNJ/J87qBvJq0mOqRz7lGPfszCwaiSbE2PAW3gD
        dSKj3I2b0NEh7hIZ00b8kOnmC/hmKfMDOvpKFtZD7NFf83bS3CFB/MjFvR/Ddv29
        7Bdv5PdSwrxiyeCVugJIeYldKj97UJGVvHrSGYipAa/4AZ3opQ13LgVHAbfhOddD
        OwOB2u0+10OaAsyaZ2BFZg4EeA4ph6LqVKrrt1IbNBy7u1MdR88tffYwgUx4HM4+
        SH3ttTM7icmGNcYHXKlQG7DwV535xMUnJ6nOaEBeTSBWbNL5InNjkTfUAZVQi+I4
        9Si5ef2QPFgpbCa1cCu8/jmmjb28tA4HypQjpqQWxQKBgQDOAH08Z2LtWJGaAIs3
        DytARudC3dJP9jfEPQznwN23aqmmy/+kzu92lZ5TuBadqsVetGt7Ih2WTqu7kTLi
        2EzfEpAils3otqlKlgLVv5e16aGX7t58tu/33IM75cdeH4ewKRL/KgaTiql/Wbvi
        wGRcuY8Pm9bEFSR2c86KQ8T9RQKBgQDEbqGaTefdldGXwNeH34lIfXTZvgTNEK8N
        gmzd1P5WTp7GpD98my5ByjnIWiurfrTmbZX3Ld3BsoCZVJVP387z8Vpun9h6cTPz
        BaBq4MDGdDLwRv+9fZkpVTVwJvxILP7OjDMzeNCaRMHadfxEfMINmycKLvJTx9Jk
        9iyTguoRVwKBgErR3KqitkiUQZXYmrett7zJw9cCcA+A0vJgZh6Kazzh7apaL4ix
        bEH6x52KoBQ14SeridoYIvzjp/YhH4VKoGjo+hbGBRV/um8Pmwn9Y2G78GgZZw+O
        9gtlOPj5VPb3prWxxWeN4QOXekZ51gbeb9VJxA8cP93J/AtVtm97e8GtAoGAViUC
        YA5MYiPi7/9VRjQlG5JRXXB04I2xh2YsYjiXdbgy74B2iynu5lFOd+v7fNEremaS
        vvzxZJHozdWHSakoNFkjRKJ7KG9ezfQovtZkFGQ/Npqcaziao8LHlbCzMN/yuxhH
        GAqiyRTgQvM9N7fSzm69dzzRbyaRwU8oi2R9TC8CgYBthXAyFyYJTAmEMwGTeJte
        /0JwXCzPRVI/lOAtzs6q6Hzl8syzWH6TQZYXiEvF1aAayOItTkOasTCiyAZqVwWx
        kjtHny0M43hw8tSxowXc58E5Hgl4V+q544lJHVL2WV1SCN88NBv9KzI3hx3o+tWV
        r5Szg1ANeZtc7duoyTLRjA==
        -----END PRIVATE KEY-----
        """
    static let rsaPublic = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAnhFmIojbOABb+Iw2odrS
        tWH4IC/10cSuoaRc2QYx5tiv5I7OcREaS2FjjDOB1ISEi8grw/DUs4zFnnClSGh9
        Z8qBNBTqwHAeYc8vZROH0D4PNU+DAHeK4/KD5fbqaEgdDqGYFRPLJDC6uc+nocLU
        GAAt1S0XlGkcJW7xOzQAFQE/qF9xYSGbWgfcazd1MxrSg22RQmw6pzyWTxIusyqe
        S95VkJLll7hMRmdCipY7VRk2rSMxBFpTvHo/hEaRZwxkJNABBo+riZaZkPbkIt68
        bQ1cUn68FfAQIn0jNwPqBSUDDTgM9QBOeMGZSKZP6xG9o/FOPFCyhN4M0aTIp9Wn
        cwIDAQAB
        -----END PUBLIC KEY-----
        """
    static let rsaCertificate = """
        -----BEGIN CERTIFICATE-----
        MIIDATCCAemgAwIBAgIUDj5+rPInU/z5cXggalKbh3kNb/IwDQYJKoZIhvcNAQEL
        BQAwDzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjUwODQwMDlaGA8yMTI2MTEwMTA4
        NDAwOVowDzENMAsGA1UEAwwEdGVzdDCCASIwDQYJKoZIhvcNAQEBBQADggEPADCC
        AQoCggEBAJ4RZiKI2zgAW/iMNqHa0rVh+CAv9dHErqGkXNkGMebYr+SOznERGkth
        Y4wzgdSEhIvIK8Pw1LOMxZ5wpUhofWfKgTQU6sBwHmHPL2UTh9A+DzVPgwB3iuPy
        g+X26mhIHQ6hmBUTyyQwurnPp6HC1BgALdUtF5RpHCVu8Ts0ABUBP6hfcWEhm1oH
        3Gs3dTMa0oNtkUJsOqc8lk8SLrMqnkveVZCS5Ze4TEZnQoqWO1UZNq0jMQRaU7x6
        P4RGkWcMZCTQAQaPq4mWmZD25CLevG0NXFJ+vBXwECJ9IzcD6gUlAw04DPUATnjB
        mUimT+sRvaPxTjxQsoTeDNGkyKfVp3MCAwEAAaNTMFEwHQYDVR0OBBYEFGnXX+Yx
        nuKwHTltZMvWRJWrCAiFMB8GA1UdIwQYMBaAFGnXX+YxnuKwHTltZMvWRJWrCAiF
        MA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADggEBACkk+YVXZxQZN7hc
        yx7lkzoiUNh0Pw0TEm1eXQVz1O6VNXlH77wxXNfwLEOxSKTpVWMdj0iZrDPwlIhd
        1Di/F4t6lxXdXuS5tp1A349+SNIPPdbp01dwLJAbifrkd2EIMN+wtj6q433mutJd
        OyKOQRLp9oVVyd722Z4h0BPWVsKgmSVqK203izOBZSIjuVr7sDNd+iK33XOPzlLs
        coskE59nZ4iv4onA2o3erImAqjG7vAuI2X4v5zv0kqFSJ3EssT75U4X9Jh+PUNqs
        dZ0NN1KFfXi7Obdf6DGMiHWiybslGBGmbFkj7SoezhqYKebO+GLJ0YywrksOSe8p
        lQ8GwME=
        -----END CERTIFICATE-----
        """
    static let otherRSAPublic = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAugvLlu479MrWv7JLSAHW
        0zwOyliUk83iatf5x4E/637IIjMcB42pnWTPPdy71giLZitmaCPemkz515eOSBvF
        FKg41cvkPqX75ryINI2vi1ml5/i6gOGYIje0RlEY77xpmWp4/WDorz0RLUMdr/Y5
        DaPcc1XFJwK1FYWJ4Ttds4jk7v+PG7g1AeszkAlC2L34ITYIZdCREQoWANdOsESO
        5XKFQ4p39M1MmnQOMpr6Ys/kNnkXWYg6z7mOKzA4DAq6V6RvXnUjTmnYu1k3benI
        WYxMlmW69sKt5fjozEVRcu8QDDVXwoNl1hDh0ItG89+G7JGwbM2EoHQPflkXX8bD
        4QIDAQAB
        -----END PUBLIC KEY-----
        """
}
