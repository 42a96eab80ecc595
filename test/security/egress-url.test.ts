import { describe, expect, it } from "vitest";
import * as fc from "fast-check";
import { LIMITS } from "#model/limits.ts";
import { isPublicIpv4, isPublicIpv6 } from "#security/address.ts";
import { checkUrl } from "#security/egress.ts";
import { headerNameProblem } from "#security/request-headers.ts";

const DEFAULT = { allowHttpHosts: [], allowHosts: null };

describe("by default a call is refused to", () => {
  it.each([
    // not https
    "http://example.com/",
    "http://93.184.216.34/",
    "HTTP://example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "file://example.com/etc/passwd",
    "data:text/plain,hello",
    "javascript:alert(1)",
    "gopher://example.com/",
    "ws://example.com/",
    "wss://example.com/",
    "blob:https://example.com/1",
    // not a URL
    "",
    "example.com",
    "//example.com/",
    "/path",
    "https:",
    "https://",
    "https:///path",
    "https:example.com",
    "https:/example.com",
    "https:\\\\example.com",
    "https://example.com\\@127.0.0.1/",
    "https://exa mple.com/",
    " https://example.com/",
    "https://example.com/ ",
    "https://exam\tple.com/",
    "https://example.com/\n",
    "https://example.com/\u0000",
    "https://[::1/",
    "https://example..com/",
    "https://.example.com/",
    "https://example.com../",
    // user info
    "https://user@example.com/",
    "https://user:password@example.com/",
    "https://:password@example.com/",
    "https://@example.com/",
    "https://example.com@127.0.0.1/",
    "https://example.com%40127.0.0.1/",
    // ports
    "https://example.com:80/",
    "https://example.com:22/",
    "https://example.com:8080/",
    "https://example.com:6379/",
    "https://example.com:0/",
    "https://example.com:65536/",
    "https://93.184.216.34:8080/",
    // loopback
    "https://127.0.0.1/",
    "https://127.0.0.1./",
    "https://127.1/",
    "https://127.0.1/",
    "https://127.255.255.254/",
    "https://2130706433/",
    "https://017700000001/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://0177.0.0.01/",
    "https://127.0x0.0.0x1/",
    "https://%31%32%37.0.0.1/",
    "https://127%2E0%2E0%2E1/",
    "https://１２７.０.０.１/",
    "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/",
    "https://127．0．0．1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://0x0/",
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[0000:0000:0000:0000:0000:0000:0000:0001]/",
    "https://[::]/",
    // private, shared, link-local
    "https://10.0.0.1/",
    "https://10.255.255.255/",
    "https://012.0.0.1/",
    "https://167772161/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.0.1/",
    "https://3232235521/",
    "https://0xc0a80001/",
    "https://100.64.0.1/",
    "https://100.127.255.255/",
    "https://100.100.100.200/",
    "https://169.254.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166/",
    "https://0xa9fea9fe/",
    "https://0251.0376.0251.0376/",
    "https://169.254.43518/",
    "https://168.63.129.16/",
    // reserved
    "https://192.0.0.1/",
    "https://192.0.0.192/",
    "https://192.0.2.1/",
    "https://192.88.99.1/",
    "https://198.18.0.1/",
    "https://198.19.255.255/",
    "https://198.51.100.7/",
    "https://203.0.113.9/",
    "https://224.0.0.1/",
    "https://239.255.255.255/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    // IPv6
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:93.184.216.34]/",
    "https://[0:0:0:0:0:ffff:169.254.169.254]/",
    "https://[::127.0.0.1]/",
    "https://[::7f00:1]/",
    "https://[::ffff:0:127.0.0.1]/",
    "https://[64:ff9b::127.0.0.1]/",
    "https://[64:ff9b::5db8:d822]/",
    "https://[64:ff9b:1::1]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:a9fe:a9fe::1]/",
    "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "https://[2001::1]/",
    "https://[2001:10::1]/",
    "https://[2001:20::1]/",
    "https://[2001:2::1]/",
    "https://[2001:db8::1]/",
    "https://[3fff::1]/",
    "https://[3ffe::1]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[fdff:ffff::1]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fe80::1%eth0]/",
    "https://[febf::1]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[ff0e::1]/",
    "https://[100::1]/",
    "https://[5f00::1]/",
    "https://[4000::1]/",
    // names
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost./",
    "https://loc%61lhost/",
    "https://ｌｏｃａｌｈｏｓｔ/",
    "https://loc\u00adalhost/",
    "https://app.localhost/",
    "https://app.localhost./",
    "https://localhost.localdomain/",
    "https://printer.local/",
    "https://db.internal/",
    "https://host.docker.internal/",
    "https://metadata.google.internal/",
    "https://metadata.google.internal./",
    "https://METADATA.google.INTERNAL/",
    "https://instance-data.ec2.internal/",
    "https://instance-data/",
    "https://metadata/",
    "https://metadata.goog/",
    "https://router.home.arpa/",
    "https://1.0.0.127.in-addr.arpa/",
    "https://nas.lan/",
    "https://wiki.intranet/",
    "https://wiki.corp/",
    "https://nas.home/",
    "https://fritz.box/",
    "https://kubernetes.default.svc/",
    "https://api.default.svc.cluster.local/",
    "https://vault.service.consul/",
    "https://abc.onion/",
    "https://intranet/",
    "https://server1/",
    "https://com/",
    // zones that answer with any address
    "https://127.0.0.1.nip.io/",
    "https://app.10.0.0.1.nip.io/",
    "https://7f000001.nip.io/",
    "https://nip.io/",
    "https://127-0-0-1.sslip.io/",
    "https://10.0.0.1.xip.io/",
    "https://localtest.me/",
    "https://app.localtest.me./",
    "https://lvh.me/",
    "https://app.vcap.me/",
    "https://7f000001.c0a80001.rbndr.us/",
    "https://10-0-0-1.abc.plex.direct/",
    "https://local.gd/",
  ])("%j", (url) => {
    expect(checkUrl(url, DEFAULT)).toMatchObject({ ok: false });
  });

  it("more characters than a URL may have, and not before", () => {
    const url = (length: number): string => "https://example.com/".padEnd(length, "a");
    expect(checkUrl(url(LIMITS.urlLength), DEFAULT).ok).toBe(true);
    expect(checkUrl(url(LIMITS.urlLength + 1), DEFAULT).ok).toBe(false);
  });

  it("any address given as one number below 2^24", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 24 - 1), (number) => {
        expect(checkUrl(`https://${number}/`, DEFAULT).ok).toBe(false);
        expect(checkUrl(`https://0x${number.toString(16)}/`, DEFAULT).ok).toBe(false);
        expect(checkUrl(`https://127.${number}/`, DEFAULT).ok).toBe(false);
      }),
    );
  });
});

describe("by default a call is allowed to", () => {
  it.each([
    "https://example.com",
    "https://example.com/",
    "https://example.com./",
    "https://EXAMPLE.com/Path",
    "HTTPS://example.com/",
    "https://example.com:443/",
    "https://example.com:8443/",
    "https://example.com?x=1",
    "https://example.com#part",
    "https://example.com/a/b/../c",
    "https://example.com/a@b",
    "https://example.com/?email=ann@example.com",
    "https://example.com/a:b",
    "https://example.com/a\\b",
    "https://example.com/?next=http://127.0.0.1/",
    "https://example.com/%00%0d%0a",
    "https://example.com/日本語",
    "https://api.example.com/v1/orders?limit=10&sort=-created",
    "https://api.github.com/repos/honojs/hono/issues",
    "https://hooks.slack.com/services/T000/B000/XXXX",
    "https://api.openai.com/v1/responses",
    "https://api.stripe.com/v1/charges",
    "https://my-account.blob.core.windows.net/container",
    "https://storage.googleapis.com/bucket/object",
    "https://s3.eu-central-1.amazonaws.com/bucket",
    "https://a.b.c.d.e.example.co.uk/",
    "https://xn--bcher-kva.example/",
    "https://bücher.example/",
    "https://例え.jp/",
    "https://пример.рф/",
    "https://1and1.com/",
    "https://163.com/",
    "https://9gag.com/",
    "https://10.example.com/",
    "https://127.0.0.1.example.com/",
    "https://localhost.example.com/",
    "https://local.example.com/",
    "https://internal.example.com/",
    "https://metadata.example.com/",
    "https://mylocalhost.com/",
    "https://notlocal.org/",
    "https://corp.com/",
    "https://lan.com/",
    "https://home.co/",
    "https://snip.io/",
    "https://nip.io.example.com/",
    "https://under_score.example.com/",
    "https://a-.example.com/",
    "https://1.1.1.1/dns-query",
    "https://8.8.8.8/",
    "https://93.184.216.34/",
    "https://134744072/",
    "https://9.255.255.255/",
    "https://11.0.0.0/",
    "https://100.63.255.255/",
    "https://100.128.0.0/",
    "https://126.255.255.255/",
    "https://128.0.0.1/",
    "https://169.253.255.255/",
    "https://169.255.0.0/",
    "https://172.15.255.255/",
    "https://172.32.0.0/",
    "https://192.0.1.0/",
    "https://192.167.255.255/",
    "https://192.169.0.0/",
    "https://198.17.255.255/",
    "https://198.20.0.0/",
    "https://223.255.255.255/",
    "https://[2606:4700:4700::1111]/",
    "https://[2001:4860:4860::8888]:443/",
    "https://[2a00:1450:4001:81b::200e]/",
    "https://[2001:200::1]/",
    "https://[2003::1]/",
    "https://[2001:db9::1]/",
  ])("%j", (url) => {
    expect(checkUrl(url, DEFAULT)).toEqual({ ok: true });
  });
});

describe("a host and port that the settings name", () => {
  const options = {
    allowHttpHosts: [
      "localhost:8080",
      "10.0.0.5:443",
      "[::1]:9000",
      "Intra.Corp:80",
      "bad",
      "bad:",
      "x.test:1/p",
    ],
    allowHosts: null,
  };

  it.each([
    "http://localhost:8080/",
    "https://localhost:8080/",
    "http://LOCALHOST:8080/a",
    "http://localhost.:8080/",
    "https://10.0.0.5/",
    "https://10.0.0.5:443/",
    "https://0xa000005/",
    "http://10.0.0.5:443/",
    "http://[::1]:9000/",
    "http://[0:0:0:0:0:0:0:1]:9000/",
    "http://intra.corp/",
    "http://intra.corp:80/",
  ])("may be called: %s", (url) => {
    expect(checkUrl(url, options)).toEqual({ ok: true });
  });

  it.each([
    "http://localhost/",
    "http://localhost:8081/",
    "https://localhost/",
    "http://127.0.0.1:8080/",
    "http://app.localhost:8080/",
    "http://10.0.0.5/",
    "https://10.0.0.5:8443/",
    "https://10.0.0.6/",
    "http://[::1]:9001/",
    "https://intra.corp/",
    "http://user@localhost:8080/",
    "ftp://localhost:8080/",
    "http://bad/",
    "http://x.test:1/",
  ])("opens no other: %s", (url) => {
    expect(checkUrl(url, options).ok).toBe(false);
  });
});

describe("an allow-list", () => {
  const options = {
    allowHttpHosts: ["localhost:8080"],
    allowHosts: ["api.example.com", "*.Example.org", "127.0.0.1", "db.internal"],
  };

  it.each([
    "https://api.example.com/",
    "https://API.example.com./",
    "https://a.example.org/",
    "https://a.b.example.org:8443/",
    "http://localhost:8080/",
  ])("allows %s", (url) => {
    expect(checkUrl(url, options)).toEqual({ ok: true });
  });

  it.each([
    "https://example.com/",
    "https://b.api.example.com/",
    "https://example.org/",
    "https://notexample.org/",
    "https://a.example.org.evil.com/",
    "https://127.0.0.1/",
    "https://db.internal/",
    "http://api.example.com/",
  ])("does not allow %s", (url) => {
    expect(checkUrl(url, options).ok).toBe(false);
  });

  const INTERNATIONAL = {
    allowHttpHosts: ["münchen.example:8080"],
    allowHosts: [
      "bücher.example",
      "*.Straße.example",
      "xn--80ak6aa92e.com",
      "例え.テスト.example.",
    ],
  };

  it.each([
    "https://bücher.example/",
    "https://BÜCHER.example/",
    "https://bu\u0308cher.example/",
    "https://xn--bcher-kva.example/",
    "https://a.straße.example/",
    "https://a.b.xn--strae-oqa.example/",
    "https://аррӏе.com/",
    "https://例え.テスト.example/",
    "http://münchen.example:8080/",
    "http://xn--mnchen-3ya.example:8080/",
  ])("with names in other scripts allows %s", (url) => {
    expect(checkUrl(url, INTERNATIONAL)).toEqual({ ok: true });
  });

  it.each([
    "https://bucher.example/",
    "https://xn--bcher-kva.example.com/",
    "https://a.bücher.example/",
    "https://straße.example/",
    "https://strasse.example/",
    "https://xstraße.example/",
    "https://apple.com/",
    "http://munchen.example:8080/",
  ])("with names in other scripts does not allow %s", (url) => {
    expect(checkUrl(url, INTERNATIONAL)).toMatchObject({ ok: false });
  });

  it.each(["", "*.", "*", ".", "a b.example", "https://api.example.com", "api.example.com/x"])(
    "with the entry %j allows nothing by it",
    (entry) => {
      const alone = { allowHttpHosts: [], allowHosts: [entry] };
      expect(checkUrl("https://api.example.com/", alone)).toMatchObject({ ok: false });
      expect(checkUrl("https://example.com./", alone)).toMatchObject({ ok: false });
    },
  );

  it("that is empty allows nothing", () => {
    expect(checkUrl("https://example.com/", { allowHttpHosts: [], allowHosts: [] })).toEqual({
      ok: false,
      message: "The host is not on the allow-list.",
    });
  });
});

describe("the message of a refusal", () => {
  it.each<[string, string]>([
    ["nonsense", "The URL must be absolute, with a scheme and a host."],
    ["https://a b/", "The URL contains white space or control characters."],
    ["https://exa%zzmple.com/", "The URL is not valid."],
    ["ftp://example.com/", "Only https URLs can be called."],
    ["https://u@example.com/", "A URL with user info cannot be called."],
    ["http://example.com/", "Plain http is refused for hosts that the settings do not name."],
    ["https://10.0.0.1/", "The host is not a public address."],
    ["https://[::1]/", "The host is not a public address."],
    ["https://server/", "A host name without a dot is not public."],
    ["https://db.internal/", "The host belongs to a private network."],
    ["https://metadata.goog/", "The host is a metadata service."],
    ["https://a.nip.io/", "The host belongs to a zone that resolves to any address."],
    ["https://example..com/", "The host name has an empty label."],
    ["https://example.com:1234/", "The port is not one of 443, 8443."],
  ])("for %s tells the rule and not the URL", (url, message) => {
    expect(checkUrl(url, DEFAULT)).toEqual({ ok: false, message });
  });
});

describe("an address that is none", () => {
  it.each(["", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "a.b.c.d", "1.2.3.4 ", "::1"])(
    "is not a public IPv4 address: %j",
    (text) => {
      expect(isPublicIpv4(text)).toBe(false);
    },
  );
  it.each([
    "",
    ":",
    ":::",
    "1",
    "2a00::1::2",
    "2a00:1:2:3:4:5:6",
    "2a00:1:2:3:4:5:6:7:8",
    "2a00::12345",
    "2a00::1%eth0",
    "2a00:1:2:3:4:5:6:7::",
  ])("is not a public IPv6 address: %j", (text) => {
    expect(isPublicIpv6(text)).toBe(false);
  });
});

describe("a header name", () => {
  it.each([
    "Host",
    "content-length",
    "Transfer-Encoding",
    "connection",
    "keep-alive",
    "TE",
    "trailer",
    "upgrade",
    "expect",
    "via",
    "forwarded",
    "X-Forwarded-For",
    "x-forwarded-host",
    "X-Real-IP",
    "CF-Connecting-IP",
    "cf-worker",
    "cdn-loop",
    "true-client-ip",
    "proxy-connection",
  ])("of the connection or the caller's place cannot be set: %s", (name) => {
    expect(headerNameProblem(name)).toBe(`The header ${name.toLowerCase()} cannot be set.`);
  });

  it.each(["", "a b", "a:b", "a\n", "ä", "a\0", "(a)", "a".repeat(257)])(
    "must be a token: %j",
    (name) => {
      expect(headerNameProblem(name)).toBe("A header name is not a valid token.");
    },
  );

  it.each([
    "Authorization",
    "accept",
    "X-Api-Key",
    "content-type",
    "x-cf-id",
    "if-match",
    "__proto__",
  ])("may be set: %s", (name) => {
    expect(headerNameProblem(name)).toBeNull();
  });
});
