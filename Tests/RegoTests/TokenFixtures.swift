// Keys and tokens made once by other programs (OpenSSL's commands, pyca/cryptography) for
// the tests of tokens; nothing else uses them.

enum TokenFixtures {
    /// One token of each algorithm, all with the same payload:
    /// `{"aud":["cam","other"],"exp":2000,"iss":"me","nbf":1000}`.
    static let tokens: [(algorithm: String, key: String, token: String)] = [
        (
            "HS256", "secret",
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOlsiY2FtIiwib3RoZXIiXSwiZXhwIjoyMDAwLCJpc3MiOiJ"
                + "tZSIsIm5iZiI6MTAwMH0.w8g9INfhfaeY50KBsPs25tvEqEbhD7XJbLiQ9DVPdQw"
        ),
        (
            "HS384", "secret",
            "eyJhbGciOiJIUzM4NCIsInR5cCI6IkpXVCJ9.eyJhdWQiOlsiY2FtIiwib3RoZXIiXSwiZXhwIjoyMDAwLCJpc3MiOiJ"
                + "tZSIsIm5iZiI6MTAwMH0.TcLz3b0ukbDLfqboynOfKRLukEM_pAyAtHjEiNYEMzId7doH_b6MxC1nMcYHLCYA"
        ),
        (
            "HS512", "secret",
            "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.eyJhdWQiOlsiY2FtIiwib3RoZXIiXSwiZXhwIjoyMDAwLCJpc3MiOiJ"
                + "tZSIsIm5iZiI6MTAwMH0.rBivfLtfGdrsYyLQU4b_BVyns3Z-FOO2eI66IU8t89fdkPTTmBV_EFl9eowa_6IO3DBdh0_"
                + "GYgHIoftYs5aaiw"
        ),
        (
            "RS256", "rsa",
            "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOlsiY2FtIiwib3RoZXIiXSwiZXhwIjoyMDAwLCJpc3MiOiJ"
                + "tZSIsIm5iZiI6MTAwMH0.ppSStkEHlH5HjlXa_oNOgDqOo4LkbfEH_PgRmsRq99zZ1YmQR6Hp1hEgK-JLUOtTr0Coqe0"
                + "PSD6ZkbkmjZs-iJpbxvi4hBw2kcCiVO_SJC7cKJjRyy78MVXw_Ppx-MHZaqDBkWuloWoE8B3bfGhXcpVWldd6sHh45nv"
                + "OF7RMDytdPFedog-WvK4EUZ1REeOsPuSDGQOSy8JM6xyunAENne5aLoFi8XtYMY6H36gpXOFN87fIAs3umRad-vKnkfm"
                + "PtIELwni3sniAxI5EDosFYdOX-SlrJ6rBeC7lSOdRzz724WlzYrhTMXcwFPt4HcZEbV2-XzhaV4lNt2AEstyMrQ"
        ),
        (
            "RS384", "rsa",
            "eyJhbGciOiJSUzM4NCIsInR5cCI6IkpXVCJ9.eyJhdWQiOlsiY2FtIiwib3RoZXIiXSwiZXhwIjoyMDAwLCJpc3MiOiJ"
                + "tZSIsIm5iZiI6MTAwMH0.o1qt8XEwltyFbNJ6ytBd1b3C0vv3mq0avx6ktoqLSobT8i2YjrE5t4eNdFWB5T8UyLX5hQ3"
                + "WRVm-zNlKqxdXPiQwGuGKNZDcfoEKjM43L0rye8tAhgS6CYbaqbKq0ntQWCMPmVTMriCOwnfzosIgqbbhoP9KHiifi_w"
                + "w6YEr5SAAwRyNt4SCCJlp3Q6XDx_ordCBTpGEyf32yof3ATRfvr3_cu_EjET-IQeJIzC8baWOByXnPIJ5uz9FJ3WMVYw"
                + "k7hK4jqIEvwnZgWs4BfrgFLiR45gyUfF0ESrk_NOVKB-k0koECGe0eu7cdgODn8Dfm3whOINxheN5AALrocWoKQ"
        ),
        (
            "RS512", "rsa",
            "eyJhbGciOiJSUzUxMiIsInR5cCI6IkpXVCJ9.eyJhdWQiOlsiY2FtIiwib3RoZXIiXSwiZXhwIjoyMDAwLCJpc3MiOiJ"
                + "tZSIsIm5iZiI6MTAwMH0.jvihe2JPca2YhTZJA5BOKUIHAegVnbcQ97KeXmkovArJrPM-RCodxV5ZGp78oudX4a93Nyr"
                + "6iNGWFmrW5WHezxfGZT7k34QfZg2xsCSaCHuzQ1X-8WtpCcBoBjTHnZeQHBSrzSQJkjQWFP8GOCk53zQij-_0u-_AvyY"
                + "C3hbmlUBHv7SEn5JpEq-v11GX6ddS35OzcXH-EvHR3Cj4bi1MkOkzPdV5wPd36K4EdagkBTlK-K4lcUgDwACB5limq4q"
                + "JCmnfufkZqZvXcWmMVH5t2iLpCv-VYcs3XxZihf7GTXZFxpiyVlwv0i5tvnmME5vI1yBG9FZ8bX8MALpex90AeA"
        ),
        (
            "PS256", "rsa",
            "eyJhbGciOiJQUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOlsiY2FtIiwib3RoZXIiXSwiZXhwIjoyMDAwLCJpc3MiOiJ"
                + "tZSIsIm5iZiI6MTAwMH0.uYYtvnKc_0MMEjcQlUPsxl-J4HT9OXyRGkgRRL0uGK_HuQXbUwihsrxcwZIoSeJZ2HjQS4j"
                + "auM_Dh6tWl4QBpAIT_JRQsARoaJm7OOGkIxrDUvzbJCS_oBweJ_VynGhHVqMHxgQpUq2sQHTJXtMIlx9njYvmyo6UDcf"
                + "xr8DgSkQobs2kHMyOP90uKIaMPMxKNrz5EttnN5Mh1J0vcxN4Cya69Wj_i0oZv2EtvmYzlG5bczaymNoF5SnJEUbNbeA"
                + "bD-plGodr3oaPE-sg9ChktELsmblMwB0OWK5wyU6jd22zB6eB7GuPfLQCDnAWCwmQwdhZRnvRvKemOwKT5wAdWQ"
        ),
        (
            "PS384", "rsa",
            "eyJhbGciOiJQUzM4NCIsInR5cCI6IkpXVCJ9.eyJhdWQiOlsiY2FtIiwib3RoZXIiXSwiZXhwIjoyMDAwLCJpc3MiOiJ"
                + "tZSIsIm5iZiI6MTAwMH0.SrMBFmxgkX2_sD1eRfn7vmjEd19q3lUSp7Bfj8yBYsg9cwIy1QaR-LuKfksk2JA7_en4LOG"
                + "99mgycJCW_M3Sbv9BDhYI4Sifg6t3-IVO89g2IccN9GWfWJ6nFUJlQ-64qVbiTJsMjnaNkHUxJ0vh90UshBVl-3tr9wc"
                + "yxtimzeTgd-j0j3OcV31RONzX32chlVaz_vAU2vfFc-x_cIoZbdIsTJZ5ufZaPnJK8or6JTv2YjUN4NCKjVpoCPxaEPU"
                + "rbIpoWQusjXitvECcIN9umDtL4W29unZAXGmiQmF4D5zrYTU25o8SyS6_piCuMCfwNvJOFIsuaYDhdBI4DbjC4Q"
        ),
        (
            "PS512", "rsa",
            "eyJhbGciOiJQUzUxMiIsInR5cCI6IkpXVCJ9.eyJhdWQiOlsiY2FtIiwib3RoZXIiXSwiZXhwIjoyMDAwLCJpc3MiOiJ"
                + "tZSIsIm5iZiI6MTAwMH0.vR9UuPNX2fx5sfIFSPjRE7JgKG3Xs4oupRNsllyQI-s9P1O-24EbI8OzBu3mIkTQ9GlAt0K"
                + "DhI1vG11dJsA0KuGeYfKVxWkxJWxSOvHxkIgTOP5KoQB8GIGQvDTvSYPTlCfh2d0dGSHHnZPjCFs8odTPz8F96pOkJoM"
                + "AsWGmzVQ1BrBIiGMWDzyuPAA08Y9ut4DObMT1Tfej2Jz2_XdIoeavqQp51PZZSVtwEfQDwgq7gRnnd1ZtkHG_oDDu7Lv"
                + "Y2GAhPBPO_kG8ypJBJxyfxyu5mVS82nBftQKrUp6k95YVCx35DYRfYo2foGc3oTlmhp-HYA2wJSDNa4oscBlQWQ"
        ),
        (
            "ES256", "ec256",
            "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOlsiY2FtIiwib3RoZXIiXSwiZXhwIjoyMDAwLCJpc3MiOiJ"
                + "tZSIsIm5iZiI6MTAwMH0.rylB-V_brMPwiTAnLKmLXbBMA4c3TdKvnME8M2E4UE5zjxA_So0jvpp2nldiXROuSHfMf2O"
                + "0Zg-4mgAXb6xDnA"
        ),
        (
            "ES384", "ec384",
            "eyJhbGciOiJFUzM4NCIsInR5cCI6IkpXVCJ9.eyJhdWQiOlsiY2FtIiwib3RoZXIiXSwiZXhwIjoyMDAwLCJpc3MiOiJ"
                + "tZSIsIm5iZiI6MTAwMH0.fNHLS9V0EuWWANyXybN2h4oOvCq1eyBmtzPsjaZRF-2clBnudLeWmT83FvUm14V5xdl2qUA"
                + "IA5gaLyGIzIamTSBh_P-xeVsSHBgGISgfMxCI0_-wNjfMtlEo-bMZHV_N"
        ),
        (
            "ES512", "ec521",
            "eyJhbGciOiJFUzUxMiIsInR5cCI6IkpXVCJ9.eyJhdWQiOlsiY2FtIiwib3RoZXIiXSwiZXhwIjoyMDAwLCJpc3MiOiJ"
                + "tZSIsIm5iZiI6MTAwMH0.AX6MKLl7J_kqQtYN7IT-jtm6gUz1ILYWrVBykEvEnHrPg95mzJXq7KTt7d4fXjwuJ6A9VS1"
                + "kVB_o8xeAZ4EcM6OCAb5CbzkFBi9sTDMpnareYKK2XnuiDIVz2btkLZAHciuRgamRHvjHpJLPHvO44Ji1XRtrf9IWUt0"
                + "PrYntDaaePe5-"
        ),
        (
            "EdDSA", "ed",
            "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.eyJhdWQiOlsiY2FtIiwib3RoZXIiXSwiZXhwIjoyMDAwLCJpc3MiOiJ"
                + "tZSIsIm5iZiI6MTAwMH0.iLjh-afUqWUzxnl4HQYN60vPxGroMG0L7uKGX5yElr4UXbuFP-gkKkBpb35lgwa6Xo0xxCp"
                + "x17hljtovXv1mAg"
        ),
    ]

    static let secret = "a secret of our own"

    /// In PEM.
    static let publicKeys: [String: String] = [
        "rsa": """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA8ylIbTzHQzTPRsh3fMjS
        T+1i+/EF2ldkHhD+46srwLye0/P2HRMtwxU9PZYjc7DZuWbBKdjVbeZzQe8o3NNT
        kutiacuvnQFKx/9NznYivjsDsN20dk/8JErVqXUEGV7kb4mIy4Ct60Eqp8fGe+23
        BlPqknOc4FkqDFdFJy5mS1Fc3TFFWzlSITjM/WFnKjt8xt58XByMHyz+IFbgj7En
        VPIMUtCl+nezfFgM34acKZaSlzh6ofrHx2Nt53FAbjumgMNRFBc6Y9/aTK4JsU5i
        5/pF9tsFIlhjmmlzB0Jnn4OCF6Kqy/OSjwfjhKI7vRmGl92Z/bIPX2io8tom8Of9
        rQIDAQAB
        -----END PUBLIC KEY-----
        """,
        "rsa2": """
        -----BEGIN PUBLIC KEY-----
        MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC6/8VlCBD9PKCIQxWgsD83WDbe
        CfD5+2uwwbGl3mLhEGPIRAElEgdaDKEKLzCyeLVv9Uun/NfisNrRSKQcYFKE30ZP
        2b+SCT+HaxGORnh/U+yIQgxWjw35h38t/4DtgR0gpavhfq9/RnAPJLpb1QJ3AW2/
        3i0FY1VO0lLKDixA8QIDAQAB
        -----END PUBLIC KEY-----
        """,
        "ec256": """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEpYlEDL0RJwABzB6rSL2MKtCLrT5W
        ytBozU51VOnAfW7WEqEebxgG2bOFFiOJ1OvRleF+Ic9/m1Y78vB01yEqtg==
        -----END PUBLIC KEY-----
        """,
        "ec384": """
        -----BEGIN PUBLIC KEY-----
        MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEALsBI/dI+f+rAvK8LlifJnX7K2cN4kf3
        WlxiIYr68VIZzHbSSEoqlLGRv2z9yurApfo4HwvKqA8X1O++kCvFHx0pJDCOY70I
        mUUrjy82ngqb7paQHfBNvMYPOmzy63l0
        -----END PUBLIC KEY-----
        """,
        "ec521": """
        -----BEGIN PUBLIC KEY-----
        MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQB92Z+88AHbURmIGfATzKjCs9IJoag
        TlPrWTGpJruvUmLYGRQPJXPfsU0was+m1lHFdCwKr9V+A7wxNZwz85+WFi8BOze8
        rTx0fu+qXaVAmE10LG4h3nIYWv6eXtZ+01sYPqONk9+/t7y3pp3pJp6Rsr4mT2NR
        p27mDwh3+h03BNdd2s8=
        -----END PUBLIC KEY-----
        """,
        "ed": """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VwAyEAedWXQ8zYY3Kqt6aVIVMmApJhYqNqovxpp40qo9SgMhs=
        -----END PUBLIC KEY-----
        """,
    ]

    /// Self-signed.
    static let certificates: [String: String] = [
        "rsa": """
        -----BEGIN CERTIFICATE-----
        MIIDJTCCAg2gAwIBAgIUR0tnL6ty/EhDnN+OJFexmVvrpvIwDQYJKoZIhvcNAQEL
        BQAwITERMA8GA1UEAwwIY2FtIHRlc3QxDDAKBgNVBAoMA0NBTTAgFw0yNjExMjEw
        MzE5MDVaGA8yMTI2MTAyODAzMTkwNVowITERMA8GA1UEAwwIY2FtIHRlc3QxDDAK
        BgNVBAoMA0NBTTCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBAPMpSG08
        x0M0z0bId3zI0k/tYvvxBdpXZB4Q/uOrK8C8ntPz9h0TLcMVPT2WI3Ow2blmwSnY
        1W3mc0HvKNzTU5LrYmnLr50BSsf/Tc52Ir47A7DdtHZP/CRK1al1BBle5G+JiMuA
        retBKqfHxnvttwZT6pJznOBZKgxXRScuZktRXN0xRVs5UiE4zP1hZyo7fMbefFwc
        jB8s/iBW4I+xJ1TyDFLQpfp3s3xYDN+GnCmWkpc4eqH6x8djbedxQG47poDDURQX
        OmPf2kyuCbFOYuf6RfbbBSJYY5ppcwdCZ5+Dgheiqsvzko8H44SiO70Zhpfdmf2y
        D19oqPLaJvDn/a0CAwEAAaNTMFEwHQYDVR0OBBYEFKcITwtSl8C1R5es3Ea+/Ae2
        ylcjMB8GA1UdIwQYMBaAFKcITwtSl8C1R5es3Ea+/Ae2ylcjMA8GA1UdEwEB/wQF
        MAMBAf8wDQYJKoZIhvcNAQELBQADggEBAMWxOiYChrEt7V2dCV8i/YbwQOPaTY9P
        oRzTDgqQRq1HOEv55qDB9dramtJ/m1BJ0X+tYRmsPMCTDHtj4mALVDRMpM166mC9
        RHN6ZBOb9A94KB8+6e/hdYPQK/k1AJST0DrIeWuK3Xs1lQAxg7Ezbr4Mw30eqDp4
        5lKcdiUJKOgQYybF2zfY3gwpX86pCRv/4sGvU2a27KdV0RpmZ69gm/XATixZea2t
        /u+w4FBw/Zbiw/DnnR9caZU5uMNfWqNra86ErHsR0xvbZNs+r8aKEdlI+Y66OoKk
        bnyQx2r3FLcNRiRgRymnfweUifgUTA882rfZ22HG02iMxzCVhKSxdT4=
        -----END CERTIFICATE-----
        """,
        "ec256": """
        -----BEGIN CERTIFICATE-----
        MIIBmTCCAT+gAwIBAgIUC3uOLpCWrDox65OaCSObi/jbk64wCgYIKoZIzj0EAwIw
        ITERMA8GA1UEAwwIY2FtIHRlc3QxDDAKBgNVBAoMA0NBTTAgFw0yNjExMjEwMzE3
        NTRaGA8yMTI2MTAyODAzMTc1NFowITERMA8GA1UEAwwIY2FtIHRlc3QxDDAKBgNV
        BAoMA0NBTTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABKWJRAy9EScAAcweq0i9
        jCrQi60+VsrQaM1OdVTpwH1u1hKhHm8YBtmzhRYjidTr0ZXhfiHPf5tWO/LwdNch
        KrajUzBRMB0GA1UdDgQWBBT7R01TkFciOMDrCPfYA47OjZy4NDAfBgNVHSMEGDAW
        gBT7R01TkFciOMDrCPfYA47OjZy4NDAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49
        BAMCA0gAMEUCICZAivom4S2zVjDpmYIBsZDp6zQVJEFTjCgDJ5Glj5K1AiEAl+BC
        DvJrNl65Daj8Wx+tzrBXUKqtjZRONUr3Z1rQBCU=
        -----END CERTIFICATE-----
        """,
        "ed": """
        -----BEGIN CERTIFICATE-----
        MIIBWTCCAQugAwIBAgIUGhrHxJ3CA8bBM5H207tt4ZiN6pMwBQYDK2VwMCExETAP
        BgNVBAMMCGNhbSB0ZXN0MQwwCgYDVQQKDANDQU0wIBcNMjYxMTIxMDMxNzU0WhgP
        MjEyNjEwMjgwMzE3NTRaMCExETAPBgNVBAMMCGNhbSB0ZXN0MQwwCgYDVQQKDAND
        QU0wKjAFBgMrZXADIQB51ZdDzNhjcqq3ppUhUyYCkmFio2qi/GmnjSqj1KAyG6NT
        MFEwHQYDVR0OBBYEFMGMX1xbeOkGcEtc4EzSqVDZC++vMB8GA1UdIwQYMBaAFMGM
        X1xbeOkGcEtc4EzSqVDZC++vMA8GA1UdEwEB/wQFMAMBAf8wBQYDK2VwA0EAbndz
        8vr/IfHPzjb0gob+YFH5qZ0nXWL1YGXxPnIEz2NuXPhfvmUsN1xvdBlAOTvxInpg
        +RKbJRDJtrDJosKhBQ==
        -----END CERTIFICATE-----
        """,
    ]

    /// A certificate of many extensions (by `ec256`), and a request for one (by `ed`).
    static let documents: [String: String] = [
        "certificate": """
        -----BEGIN CERTIFICATE-----
        MIIDaTCCAw6gAwIBAgICEjQwCgYIKoZIzj0EAwIwcDELMAkGA1UEBhMCREUxDzAN
        BgNVBAgMBkJlcmxpbjEPMA0GA1UEBwwGQmVybGluMQwwCgYDVQQKDANDQU0xDjAM
        BgNVBAsMBVRlc3RzMRUwEwYDVQQDDAxyaWNoLmV4YW1wbGUxCjAIBgNVBAUTATcw
        IBcNMjYxMTIxMDM0MzA1WhgPMjEyNjEwMjgwMzQzMDVaMHAxCzAJBgNVBAYTAkRF
        MQ8wDQYDVQQIDAZCZXJsaW4xDzANBgNVBAcMBkJlcmxpbjEMMAoGA1UECgwDQ0FN
        MQ4wDAYDVQQLDAVUZXN0czEVMBMGA1UEAwwMcmljaC5leGFtcGxlMQowCAYDVQQF
        EwE3MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEpYlEDL0RJwABzB6rSL2MKtCL
        rT5WytBozU51VOnAfW7WEqEebxgG2bOFFiOJ1OvRleF+Ic9/m1Y78vB01yEqtqOC
        AZQwggGQMBIGA1UdEwEB/wQIMAYBAf8CAQAwDgYDVR0PAQH/BAQDAgKEMCIGA1Ud
        JQQbMBkGCCsGAQUFBwMBBggrBgEFBQcDAgYDKgMEMFkGA1UdEQRSMFCCDHJpY2gu
        ZXhhbXBsZYcEwAACAYcQIAENuAAAAAAAAAAAAAAAAYEOYUByaWNoLmV4YW1wbGWG
        GGh0dHBzOi8vcmljaC5leGFtcGxlL2E/YjAlBgNVHR4EHjAcoAwwCoIILmV4YW1w
        bGWhDDAKhwgKAAAA/wAAADAoBgNVHR8EITAfMB2gG6AZhhdodHRwOi8vcmljaC5l
        eGFtcGxlL2NybDBYBggrBgEFBQcBAQRMMEowJAYIKwYBBQUHMAGGGGh0dHA6Ly9y
        aWNoLmV4YW1wbGUvb2NzcDAiBggrBgEFBQcwAoYWaHR0cDovL3JpY2guZXhhbXBs
        ZS9jYTAQBgNVHSAECTAHMAUGAyoDBTAdBgNVHQ4EFgQU+0dNU5BXIjjA6wj32AOO
        zo2cuDQwDwYDKgMGAQH/BAUMA293bjAKBggqhkjOPQQDAgNJADBGAiEArEn6YWIs
        FE5+8Ffa9UrstBi0JI+PtJleplEs6lRCt7ACIQDH5D90m4cAcDcPzanH33knwUxI
        IQ6zSIiOpdm7FVFkbQ==
        -----END CERTIFICATE-----
        """,
        "request": """
        -----BEGIN CERTIFICATE REQUEST-----
        MIIBGzCBzgIBADBwMQswCQYDVQQGEwJERTEPMA0GA1UECAwGQmVybGluMQ8wDQYD
        VQQHDAZCZXJsaW4xDDAKBgNVBAoMA0NBTTEOMAwGA1UECwwFVGVzdHMxFTATBgNV
        BAMMDHJpY2guZXhhbXBsZTEKMAgGA1UEBRMBNzAqMAUGAytlcAMhAHnVl0PM2GNy
        qremlSFTJgKSYWKjaqL8aaeNKqPUoDIboCswKQYJKoZIhvcNAQkOMRwwGjAYBgNV
        HREEETAPgg1hc2tlZC5leGFtcGxlMAUGAytlcANBAKHAb/t21flzIILDvOt1XJ3G
        4WMvHXa05zuWeZOyn/wT/AntJFZb89tWyeAlHVJLH4/Svu/b29gLslGMB/ieOwk=
        -----END CERTIFICATE REQUEST-----
        """,
    ]

    /// PKCS #8, and the older forms under names of their own.
    static let privateKeys: [String: String] = [
        "rsa": """
        -----BEGIN PRIVATE KEY-----
        MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQDzKUhtPMdDNM9G
        yHd8yNJP7WL78QXaV2QeEP7jqyvAvJ7T8/YdEy3DFT09liNzsNm5ZsEp2NVt5nNB
        7yjc01OS62Jpy6+dAUrH/03OdiK+OwOw3bR2T/wkStWpdQQZXuRviYjLgK3rQSqn
        x8Z77bcGU+qSc5zgWSoMV0UnLmZLUVzdMUVbOVIhOMz9YWcqO3zG3nxcHIwfLP4g
        VuCPsSdU8gxS0KX6d7N8WAzfhpwplpKXOHqh+sfHY23ncUBuO6aAw1EUFzpj39pM
        rgmxTmLn+kX22wUiWGOaaXMHQmefg4IXoqrL85KPB+OEoju9GYaX3Zn9sg9faKjy
        2ibw5/2tAgMBAAECggEACY2+blOkP5glqbIK0cthH1SkHjfPeKSU3C0479suk6Vw
        Nxh/e7p1wpOvzYmRLdnjCrVbvbLAMKUh3lNmH1uqjbFJCKpA+tyit8i94ZtYzPEW
        zsjohCUrMrDXBBADKnevkXtNoDNCLLtUJfXuhDl9hqve4ZoAbfx1hLkcEDNIP8lo
        ZEEgYx4xby7xFjA2t+q1o3cGJycg7Rz7TKl4lnBV83bSsVuw+/DM0LMsHmcZgz7W
        ZTNob3ruCHhq6YvwTiClfuGRHjBbXJHX5Mvjglb6Ij96uKbHDld5VW+sOIhodeeJ
        xHY4z0pZlzmboMEkJ1VXERhVBO/xDMpgKmuTCV8riQKBgQD8GDIZuAG/5KKtZq2D
        id18jQQKQd5prWnV85Rnak8XiFTc5K5khACEq3uVAy/Q3jnE9CKstLfm6V9On4WL
        GjwWd7l8mji0lyzKUIaPuxLQQHrQ2iouRFoBGi++wk5weyHcyS9LSQCQWnsFnCum
        3poM//gvpl0NSCuAhh81AmQ0CQKBgQD27ah0CG+ZDyv5Jk+VPJ9MVwzdedDlgBRs
        6xLc+S59afYgV3gYp21F+xuii8+5Ewn9CDURI1Wq5mfNmATX5SQHjYS/SETjR2fY
        leFWfuNIGXsRxx1R3zEpu3ihUUsO/zK+VeqkhDvv7eRhQ8d6SO/MEbrNYPiyg7sY
        Wv4w3LCNhQKBgEf1VB+5QW6YAcODYpYAfWN3EScoZCdAI8y5iav3UXpDJQ4kjI8O
        iuNT26POVBDHzi+lDFzF/RSBmv3jVQg+xdYX+K9TikoqONPLJo3SdW1SanxBOfcY
        9aQI6IYICsHas/DE0KYpwWpzGVihmmg4dDqvuhVH5JnM9vXp0vCbrSSZAoGBAJaC
        2FoZxkRKjigo5Pt3XzX+HZZmKSGqx0h4pR/SNzc0vlSKXGbSrvWoEPksNWp/I2h7
        dzVCD3bDSGR2FAWw4xxDc7XQjETpAnBvM1Iwt8L73RtB/iooXGQupGHYFmNGxJxl
        7EdpXstpevqagN2V1azS5cVIJW9SgllfJW+NJYStAoGBAPUdl+4JKLuYe0jkq4yk
        GUcwbVorDo+SUJryH6Rsv1yKJR7iAHJ/bE6KCMPumK4bFU+sjPi0oZAkwIZwybCZ
        jL5Qy/tDLCQM0jL2VauaHlx8CClvPJmBI2m5dC6V+iWpZ5jskoEkFK/IraFBgkSz
        8TyoJYVGbES+svH3K15oj+XO
        -----END PRIVATE KEY-----
        """,
        "ec256": """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgUOKTNjZf3nmTJ3Qp
        eE93rFg7y490XOd6LaK6I0C0/4KhRANCAASliUQMvREnAAHMHqtIvYwq0IutPlbK
        0GjNTnVU6cB9btYSoR5vGAbZs4UWI4nU69GV4X4hz3+bVjvy8HTXISq2
        -----END PRIVATE KEY-----
        """,
        "ec384": """
        -----BEGIN PRIVATE KEY-----
        MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDCbtiMQIuillrOVV7lj
        H8BVF5uEZv9HPCfIv0cIgSGDu2JcnVV9FHEhQ8aRciOKYRGhZANiAAQAuwEj90j5
        /6sC8rwuWJ8mdfsrZw3iR/daXGIhivrxUhnMdtJISiqUsZG/bP3K6sCl+jgfC8qo
        DxfU776QK8UfHSkkMI5jvQiZRSuPLzaeCpvulpAd8E28xg86bPLreXQ=
        -----END PRIVATE KEY-----
        """,
        "ec521": """
        -----BEGIN PRIVATE KEY-----
        MIHuAgEAMBAGByqGSM49AgEGBSuBBAAjBIHWMIHTAgEBBEIBizUjngK3E1APE7C6
        2pAApXE0tFj7OFQTv+ZsKFsiuouBM9dJkF0M3QjW9ow8Baa3KE0B1yg8GKTjBjtd
        9AYW5zehgYkDgYYABAH3Zn7zwAdtRGYgZ8BPMqMKz0gmhqBOU+tZMakmu69SYtgZ
        FA8lc9+xTTBqz6bWUcV0LAqv1X4DvDE1nDPzn5YWLwE7N7ytPHR+76pdpUCYTXQs
        biHechha/p5e1n7TWxg+o42T37+3vLemnekmnpGyviZPY1GnbuYPCHf6HTcE113a
        zw==
        -----END PRIVATE KEY-----
        """,
        "ed": """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIPXVFZmLf4AL0XLVMXz1z0RgXS0kmuJjY0ftEf2ERpIQ
        -----END PRIVATE KEY-----
        """,
        "rsa PKCS #1": """
        -----BEGIN RSA PRIVATE KEY-----
        MIIEpAIBAAKCAQEA8ylIbTzHQzTPRsh3fMjST+1i+/EF2ldkHhD+46srwLye0/P2
        HRMtwxU9PZYjc7DZuWbBKdjVbeZzQe8o3NNTkutiacuvnQFKx/9NznYivjsDsN20
        dk/8JErVqXUEGV7kb4mIy4Ct60Eqp8fGe+23BlPqknOc4FkqDFdFJy5mS1Fc3TFF
        WzlSITjM/WFnKjt8xt58XByMHyz+IFbgj7EnVPIMUtCl+nezfFgM34acKZaSlzh6
        ofrHx2Nt53FAbjumgMNRFBc6Y9/aTK4JsU5i5/pF9tsFIlhjmmlzB0Jnn4OCF6Kq
        y/OSjwfjhKI7vRmGl92Z/bIPX2io8tom8Of9rQIDAQABAoIBAAmNvm5TpD+YJamy
        CtHLYR9UpB43z3iklNwtOO/bLpOlcDcYf3u6dcKTr82JkS3Z4wq1W72ywDClId5T
        Zh9bqo2xSQiqQPrcorfIveGbWMzxFs7I6IQlKzKw1wQQAyp3r5F7TaAzQiy7VCX1
        7oQ5fYar3uGaAG38dYS5HBAzSD/JaGRBIGMeMW8u8RYwNrfqtaN3BicnIO0c+0yp
        eJZwVfN20rFbsPvwzNCzLB5nGYM+1mUzaG967gh4aumL8E4gpX7hkR4wW1yR1+TL
        44JW+iI/erimxw5XeVVvrDiIaHXnicR2OM9KWZc5m6DBJCdVVxEYVQTv8QzKYCpr
        kwlfK4kCgYEA/BgyGbgBv+SirWatg4ndfI0ECkHeaa1p1fOUZ2pPF4hU3OSuZIQA
        hKt7lQMv0N45xPQirLS35ulfTp+Fixo8Fne5fJo4tJcsylCGj7sS0EB60NoqLkRa
        ARovvsJOcHsh3MkvS0kAkFp7BZwrpt6aDP/4L6ZdDUgrgIYfNQJkNAkCgYEA9u2o
        dAhvmQ8r+SZPlTyfTFcM3XnQ5YAUbOsS3PkufWn2IFd4GKdtRfsboovPuRMJ/Qg1
        ESNVquZnzZgE1+UkB42Ev0hE40dn2JXhVn7jSBl7EccdUd8xKbt4oVFLDv8yvlXq
        pIQ77+3kYUPHekjvzBG6zWD4soO7GFr+MNywjYUCgYBH9VQfuUFumAHDg2KWAH1j
        dxEnKGQnQCPMuYmr91F6QyUOJIyPDorjU9ujzlQQx84vpQxcxf0UgZr941UIPsXW
        F/ivU4pKKjjTyyaN0nVtUmp8QTn3GPWkCOiGCArB2rPwxNCmKcFqcxlYoZpoOHQ6
        r7oVR+SZzPb16dLwm60kmQKBgQCWgthaGcZESo4oKOT7d181/h2WZikhqsdIeKUf
        0jc3NL5Uilxm0q71qBD5LDVqfyNoe3c1Qg92w0hkdhQFsOMcQ3O10IxE6QJwbzNS
        MLfC+90bQf4qKFxkLqRh2BZjRsScZexHaV7LaXr6moDdldWs0uXFSCVvUoJZXyVv
        jSWErQKBgQD1HZfuCSi7mHtI5KuMpBlHMG1aKw6PklCa8h+kbL9ciiUe4gByf2xO
        igjD7piuGxVPrIz4tKGQJMCGcMmwmYy+UMv7QywkDNIy9lWrmh5cfAgpbzyZgSNp
        uXQulfolqWeY7JKBJBSvyK2hQYJEs/E8qCWFRmxEvrLx9yteaI/lzg==
        -----END RSA PRIVATE KEY-----
        """,
        "ec256 SEC 1": """
        -----BEGIN EC PRIVATE KEY-----
        MHcCAQEEIFDikzY2X955kyd0KXhPd6xYO8uPdFznei2iuiNAtP+CoAoGCCqGSM49
        AwEHoUQDQgAEpYlEDL0RJwABzB6rSL2MKtCLrT5WytBozU51VOnAfW7WEqEebxgG
        2bOFFiOJ1OvRleF+Ic9/m1Y78vB01yEqtg==
        -----END EC PRIVATE KEY-----
        """,
    ]

    /// Public, as JSON Web Keys.
    static let webKeys: [String: String] = [
        "rsa":
            "{\"kty\":\"RSA\",\"n\":\"8ylIbTzHQzTPRsh3fMjST-1i-_EF2ldkHhD-46srwLye0_P2HRMtwxU9PZYjc7DZuWbBKdjVbe"
            + "ZzQe8o3NNTkutiacuvnQFKx_9NznYivjsDsN20dk_8JErVqXUEGV7kb4mIy4Ct60Eqp8fGe-23BlPqknOc4FkqDFdFJy"
            + "5mS1Fc3TFFWzlSITjM_WFnKjt8xt58XByMHyz-IFbgj7EnVPIMUtCl-nezfFgM34acKZaSlzh6ofrHx2Nt53FAbjumgM"
            + "NRFBc6Y9_aTK4JsU5i5_pF9tsFIlhjmmlzB0Jnn4OCF6Kqy_OSjwfjhKI7vRmGl92Z_bIPX2io8tom8Of9rQ\",\"e\":\"A"
            + "QAB\"}",
        "rsa2":
            "{\"kty\":\"RSA\",\"n\":\"uv_FZQgQ_TygiEMVoLA_N1g23gnw-ftrsMGxpd5i4RBjyEQBJRIHWgyhCi8wsni1b_VLp_zX4r"
            + "Da0UikHGBShN9GT9m_kgk_h2sRjkZ4f1PsiEIMVo8N-Yd_Lf-A7YEdIKWr4X6vf0ZwDyS6W9UCdwFtv94tBWNVTtJSyg"
            + "4sQPE\",\"e\":\"AQAB\"}",
        "ec256":
            "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"pYlEDL0RJwABzB6rSL2MKtCLrT5WytBozU51VOnAfW4\",\"y\":\"1hKhHm8YBtm"
            + "zhRYjidTr0ZXhfiHPf5tWO_LwdNchKrY\"}",
        "ec384":
            "{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"ALsBI_dI-f-rAvK8LlifJnX7K2cN4kf3WlxiIYr68VIZzHbSSEoqlLGRv2z9y"
            + "urA\",\"y\":\"pfo4HwvKqA8X1O--kCvFHx0pJDCOY70ImUUrjy82ngqb7paQHfBNvMYPOmzy63l0\"}",
        "ec521":
            "{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"AfdmfvPAB21EZiBnwE8yowrPSCaGoE5T61kxqSa7r1Ji2BkUDyVz37FNMGrPp"
            + "tZRxXQsCq_VfgO8MTWcM_OflhYv\",\"y\":\"ATs3vK08dH7vql2lQJhNdCxuId5yGFr-nl7WftNbGD6jjZPfv7e8t6ad6S"
            + "aekbK-Jk9jUadu5g8Id_odNwTXXdrP\"}",
        "ed":
            "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"edWXQ8zYY3Kqt6aVIVMmApJhYqNqovxpp40qo9SgMhs\"}",
    ]

    /// Private, as JSON Web Keys.
    static let privateWebKeys: [String: String] = [
        "rsa":
            "{\"kty\":\"RSA\",\"n\":\"8ylIbTzHQzTPRsh3fMjST-1i-_EF2ldkHhD-46srwLye0_P2HRMtwxU9PZYjc7DZuWbBKdjVbe"
            + "ZzQe8o3NNTkutiacuvnQFKx_9NznYivjsDsN20dk_8JErVqXUEGV7kb4mIy4Ct60Eqp8fGe-23BlPqknOc4FkqDFdFJy"
            + "5mS1Fc3TFFWzlSITjM_WFnKjt8xt58XByMHyz-IFbgj7EnVPIMUtCl-nezfFgM34acKZaSlzh6ofrHx2Nt53FAbjumgM"
            + "NRFBc6Y9_aTK4JsU5i5_pF9tsFIlhjmmlzB0Jnn4OCF6Kqy_OSjwfjhKI7vRmGl92Z_bIPX2io8tom8Of9rQ\",\"e\":\"A"
            + "QAB\",\"d\":\"CY2-blOkP5glqbIK0cthH1SkHjfPeKSU3C0479suk6VwNxh_e7p1wpOvzYmRLdnjCrVbvbLAMKUh3lNmH1"
            + "uqjbFJCKpA-tyit8i94ZtYzPEWzsjohCUrMrDXBBADKnevkXtNoDNCLLtUJfXuhDl9hqve4ZoAbfx1hLkcEDNIP8loZE"
            + "EgYx4xby7xFjA2t-q1o3cGJycg7Rz7TKl4lnBV83bSsVuw-_DM0LMsHmcZgz7WZTNob3ruCHhq6YvwTiClfuGRHjBbXJ"
            + "HX5Mvjglb6Ij96uKbHDld5VW-sOIhodeeJxHY4z0pZlzmboMEkJ1VXERhVBO_xDMpgKmuTCV8riQ\",\"p\":\"_BgyGbgBv"
            + "-SirWatg4ndfI0ECkHeaa1p1fOUZ2pPF4hU3OSuZIQAhKt7lQMv0N45xPQirLS35ulfTp-Fixo8Fne5fJo4tJcsylCGj"
            + "7sS0EB60NoqLkRaARovvsJOcHsh3MkvS0kAkFp7BZwrpt6aDP_4L6ZdDUgrgIYfNQJkNAk\",\"q\":\"9u2odAhvmQ8r-SZ"
            + "PlTyfTFcM3XnQ5YAUbOsS3PkufWn2IFd4GKdtRfsboovPuRMJ_Qg1ESNVquZnzZgE1-UkB42Ev0hE40dn2JXhVn7jSBl"
            + "7EccdUd8xKbt4oVFLDv8yvlXqpIQ77-3kYUPHekjvzBG6zWD4soO7GFr-MNywjYU\",\"dp\":\"R_VUH7lBbpgBw4NilgB9"
            + "Y3cRJyhkJ0AjzLmJq_dRekMlDiSMjw6K41Pbo85UEMfOL6UMXMX9FIGa_eNVCD7F1hf4r1OKSio408smjdJ1bVJqfEE5"
            + "9xj1pAjohggKwdqz8MTQpinBanMZWKGaaDh0Oq-6FUfkmcz29enS8JutJJk\",\"dq\":\"loLYWhnGREqOKCjk-3dfNf4dl"
            + "mYpIarHSHilH9I3NzS-VIpcZtKu9agQ-Sw1an8jaHt3NUIPdsNIZHYUBbDjHENztdCMROkCcG8zUjC3wvvdG0H-KihcZ"
            + "C6kYdgWY0bEnGXsR2ley2l6-pqA3ZXVrNLlxUglb1KCWV8lb40lhK0\",\"qi\":\"9R2X7gkou5h7SOSrjKQZRzBtWisOj5"
            + "JQmvIfpGy_XIolHuIAcn9sTooIw-6YrhsVT6yM-LShkCTAhnDJsJmMvlDL-0MsJAzSMvZVq5oeXHwIKW88mYEjabl0Lp"
            + "X6JalnmOySgSQUr8itoUGCRLPxPKglhUZsRL6y8fcrXmiP5c4\"}",
        "ec256":
            "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"pYlEDL0RJwABzB6rSL2MKtCLrT5WytBozU51VOnAfW4\",\"y\":\"1hKhHm8YBtm"
            + "zhRYjidTr0ZXhfiHPf5tWO_LwdNchKrY\",\"d\":\"UOKTNjZf3nmTJ3QpeE93rFg7y490XOd6LaK6I0C0_4I\"}",
        "ec384":
            "{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"ALsBI_dI-f-rAvK8LlifJnX7K2cN4kf3WlxiIYr68VIZzHbSSEoqlLGRv2z9y"
            + "urA\",\"y\":\"pfo4HwvKqA8X1O--kCvFHx0pJDCOY70ImUUrjy82ngqb7paQHfBNvMYPOmzy63l0\",\"d\":\"m7YjECLopZa"
            + "zlVe5Yx_AVRebhGb_RzwnyL9HCIEhg7tiXJ1VfRRxIUPGkXIjimER\"}",
        "ec521":
            "{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"AfdmfvPAB21EZiBnwE8yowrPSCaGoE5T61kxqSa7r1Ji2BkUDyVz37FNMGrPp"
            + "tZRxXQsCq_VfgO8MTWcM_OflhYv\",\"y\":\"ATs3vK08dH7vql2lQJhNdCxuId5yGFr-nl7WftNbGD6jjZPfv7e8t6ad6S"
            + "aekbK-Jk9jUadu5g8Id_odNwTXXdrP\",\"d\":\"AYs1I54CtxNQDxOwutqQAKVxNLRY-zhUE7_mbChbIrqLgTPXSZBdDN0"
            + "I1vaMPAWmtyhNAdcoPBik4wY7XfQGFuc3\"}",
        "ed":
            "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"edWXQ8zYY3Kqt6aVIVMmApJhYqNqovxpp40qo9SgMhs\",\"d\":\"9dUVmYt_"
            + "gAvRctUxfPXPRGBdLSSa4mNjR-0R_YRGkhA\"}",
    ]

    /// RS256 around ES256.
    static let nested =
        "eyJhbGciOiJSUzI1NiIsImN0eSI6IkpXVCJ9.ZXlKaGJHY2lPaUpGVXpJMU5pSXNJblI1Y0NJNklrcFhWQ0o5LmV5SnB"
        + "jM01pT2lKcGJtNWxjaUo5LmlTUWpPazFGUENuVWFObGpRUC1MNU9COWZLR3FpNzU0MGdmTGRMUEMzOTh1MzdMY0FPUnY"
        + "3NDc2WElvVGswWkd6d19fR2RETjZJbHN0S3RLb3lXZEx3.B7Qk17ErGmosVjxdMUgbPT2ZzqOr_1fNQ5QxAPqKJdcvWn"
        + "EcVFZleFW4vjYy4delKk1DatjGpyc_n1aAiWNKzZkgTHo32a2qfn0mFuE1EkOdGqqmYqLrUlXSGK7_j4Katj_Ki6XOIV"
        + "tBcbj3EmV_nih6XBB-EcjiDG2auGU5Yj42Qz_EniLNdNToRv7i5s8ShHUDih7AY5X8nV4NcaF7nHZVVFMNt9_sKrLncM"
        + "rKNJXI7G-jnmTVDqUB42nb18ZI2QPt-HCzxq2fDFWzG0jTFidQKADkWFcSkfhWC0kdR6kUA6l8E8wdJjbJY1wNfu_5s-"
        + "XT49A7CkVZ1WPHX53paw"
    /// HS256 around HS256, the inner one a JSON string.
    static let quoted =
        "eyJhbGciOiJIUzI1NiIsImN0eSI6IkpXVCJ9.ImV5SmhiR2NpT2lKSVV6STFOaUlzSW5SNWNDSTZJa3BYVkNKOS5leUp"
        + "wYzNNaU9pSnBibTVsY2lKOS5GdU1EeU04dzFHS1J4a2drUDVHQU9SdEhvX3I5R1IxLXVNZnIzOTQ2Wk1BIg.7IhPfbBu"
        + "v1v9MTudmVSanf__fVrDYpfr_KY8tq0uolM"
    /// HS256 with the text of the public RSA key as its secret: what must never pass where that key is expected.
    static let confused =
        "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJtZSJ9.Vpd7OrKN7eS0kHqvMWHdCjnmHw2chSkBXrgIM32tqJo"
    /// RS256 by `rsa`, whose header names the key `two`.
    static let named =
        "eyJhbGciOiJSUzI1NiIsImtpZCI6InR3byJ9.eyJpc3MiOiJtZSJ9.NJo7BpKWr6sKLo1eCSEAHMXFEVDsyVc6aslQz8"
        + "4a3NYFzy6zmwYQyW7K0Hrfm7ftz_m4ki273jT1GG5EHvqeUjYME5OnwMJDXJSIlY8Krp2PwPiQ581oYR7LjO2TOgkLdl"
        + "kil-ZKBTw5kWQ2dbx7W6JPXvU4SX2wgTl50ww5AwTl-HbcizfBXfYXGw8Qi0Yx-IkS0vWniAS6M_oaPO8RcfgaRTB_28"
        + "Bg7mjO87C9GXSyUnveYLRz9tYou_pzzonIHbwdHGRRwCnIeQsYjtDTbCV4TehtqXdsS0-hd4aHRpR8Y4hbFHWBIw8xnT"
        + "iA8fAModU8OfeUveWl1uua00Au8A"
    /// RS256, whose header calls something critical that nobody knows.
    static let critical =
        "eyJhbGciOiJSUzI1NiIsImNyaXQiOlsiZXhwMiJdLCJleHAyIjoxfQ.eyJpc3MiOiJtZSJ9.5JI5grkIYnXjLo7TQgm4"
        + "CPDPcLYPueHs9_-HImSur0OSX2l8fh3PN67vEDZvbwuWgK2ybbFPFR5qXShfrAl2SLIlKn1VHoq4WlwDu7cKGl4pTGXi"
        + "incXvsnabpOEkYHrTiVfCTvgzrv1J7M-ELqlesfd9AuCdGIaRThJHkkU1rWifT7BqBgmZtQ-zPwA5Vm4kO_MoC_v2x40"
        + "pRW7JKL_Qn3xWWzaGHHWNYF86hvqWr47B8vM6xccfRRHBMzypJOMSchkxyizW31DgyfAQsWc5Z0Rb_GXpZxjswzCGUuT"
        + "qiTcwh9hZI1qBQ7D9k-48WtzyKtxAJ8bXokCrewL34LlvA"
}
