import { readdirSync } from 'node:fs'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { configText } from '../../../prober/config/config-text.ts'
import { loadConfig, parseConfig } from '../../../prober/config/load.ts'
import { assert, describe } from '../../harness.ts'

const FIXTURES = resolve(import.meta.dirname, '../../fixtures/config')

const EMPTY = 'is empty; write "modules: {http_2xx: {prober: http}}" or a list of targets'

/** invalid-KEY.yml gives exactly these lines, each after `FILE:`. */
const MESSAGES: Readonly<Record<string, readonly string[]>> = {
  'alias-bomb': ['1:24: f[5][5][7][5][6][8]: aliases expand to more than 500000 values; use fewer'],
  'alias-of-itself': ['2:8: modules.web: this alias is inside of its own anchor; write it out'],
  'alias-unknown': [
    '2:36: modules.web.http.body: this alias names no anchor above it; quote a text that begins with "*"',
  ],
  'auth-type': [
    '5:29: modules.web.http.authorization.type: "basic" cannot be written this way; use basic_auth with username and password',
    '9:29: modules.words.http.authorization.type: holds a line break or another control character; remove it or encode it',
  ],
  'auth-missing-space': ['5:7: modules.web.http.basic_auth["password:"]: is no key; put a space after the colon'],
  'auth-password-twice': [
    '5:48: modules.web.http.basic_auth.username_file: excludes username; keep one of username and username_file',
    '5:85: modules.web.http.basic_auth.password_file: excludes password; keep one of password and password_file',
  ],
  'auth-secret-manager': [
    '5:33: modules.web.http.basic_auth.password_ref: is not supported, there is no secret manager; write password_file',
  ],
  'auth-twice': [
    '6:7: modules.web.http.authorization: excludes basic_auth; keep one of basic_auth, authorization, oauth2, bearer_token and bearer_token_file',
  ],
  'bearer-twice': [
    '6:26: modules.web.http.bearer_token_file: excludes bearer_token; keep one of basic_auth, authorization, oauth2, bearer_token and bearer_token_file',
  ],
  'body-twice': ['6:18: modules.web.http.body_file: excludes body; keep one of the two'],
  boolean: ['5:25: modules.web.http.follow_redirects: a text where true or false is wanted; write true or false'],
  'cel-empty': [
    `5:38: modules.web.http.fail_if_body_json_matches_cel: CEL expression "": it is empty; write one as in "body.status == 'UP'"`,
  ],
  'cel-name': [
    '5:42: modules.web.http.fail_if_body_json_not_matches_cel: CEL expression "size(items) > 0 && cout(body)": it knows only `body`, not `cout()`, `items`; write one as in "body.status == \'UP\'"',
  ],
  'cel-syntax': [
    `5:38: modules.web.http.fail_if_body_json_matches_cel: CEL expression "body.a ==": at 1:8: found =; write one as in "body.status == 'UP'"`,
  ],
  'compression-not-accepted': [
    '7:26: modules.web.http.headers.accept-encoding: the header does not accept the compression gzip; write "gzip" or remove compression',
  ],
  compression: [
    '5:20: modules.web.http.compression: "lz4" is not known; write one of "", "gzip", "br", "deflate", "zstd", "identity"',
  ],
  empty: [`1:1: file: ${EMPTY}`],
  'header-matcher': [
    '6:11: modules.web.http.fail_if_header_matches[0].regexp: is missing; write it as in "^text/html"',
    '7:20: modules.web.http.fail_if_header_matches[1].header: is empty; write a header’s name',
    '7:32: modules.web.http.fail_if_header_matches[1].regexp: regular expression "(": missing closing ); write a Go (RE2) regular expression',
  ],
  'header-name': ['6:21: modules.web.http.headers["Bad Name"]: is no header name; use letters, digits and dashes'],
  'header-twice': ['7:15: modules.web.http.headers.host: is the same header as "Host"; keep one'],
  'header-unsendable': [
    '6:25: modules.web.http.headers.HTTP2-Settings: this header cannot be sent by the prober; remove it',
    '8:9: modules.web.http.http_headers.Upgrade: this header cannot be set here; write it under headers',
    '9:9: modules.web.http.http_headers.Transfer-Encoding: this header cannot be set here; write it under headers',
  ],
  'header-value': [
    '6:17: modules.web.http.headers.X-Note: holds a line break or another control character; remove it or encode it',
    '7:17: modules.web.http.headers.X-Word: holds a line break or another control character; remove it or encode it',
  ],
  'http-headers-reserved': [
    '6:9: modules.web.http.http_headers.Authorization: this header cannot be set here; write it under headers, basic_auth, authorization or compression',
  ],
  'http-headers-shape': [
    '6:14: modules.web.http.http_headers.X-A: a text where a map is wanted; write a map',
    '7:15: modules.web.http.http_headers.X-B.value: unknown key; write values',
  ],
  'http-headers-value': [
    '6:25: modules.web.http.http_headers.X-A.secrets[0]: holds a line break or another control character; remove it or encode it',
  ],
  http3: [
    '5:21: modules.web.http.enable_http3: HTTP/3 is not supported, the runtime has no QUIC; write enable_http3: false and probe HTTP/2',
  ],
  indentation: [
    '4:1: file: the indentation is wrong, or a ] or } is missing before this place; align keys of one block in one column, close what was opened',
  ],
  'key-is-list': ['2:3: modules: a key is no plain name; write "name: value"'],
  'key-twice': ['5:5: modules.web.timeout: is written twice, first on line 4; keep one'],
  'list-at-top': ['1:1: file: a list where a map is wanted; write it as in modules: {http_2xx: {prober: http}}'],
  'list-wanted': [
    '5:28: modules.web.http.valid_http_versions: a text where a list is wanted; write it as in ["HTTP/1.1","HTTP/2.0"]',
  ],
  'merge-of-text': ['3:9: modules.web: "<<" merges something that is no map; write "<<: *name-of-a-map"'],
  'method-connect': ['5:15: modules.web.http.method: CONNECT opens a tunnel and has no answer to check; write another'],
  method: ['5:15: modules.web.http.method: is no HTTP method; write one as in "GET" or "POST"'],
  'module-empty': ['2:7: modules.web: is empty; write it as in {"prober":"http"}'],
  'module-is-text': ['2:8: modules.web: a text where a map is wanted; write it as in {"prober":"http"}'],
  'module-twice': ['3:3: modules.web: is written twice, first on line 2; keep one'],
  'module-unknown-key': ['4:5: modules.web.timeuot: unknown key; write timeout'],
  'oauth2-empty': [
    '5:27: modules.web.http.oauth2.client_id: is empty; write the client’s name',
    '5:42: modules.web.http.oauth2.token_url: is empty; write the token server’s URL',
  ],
  'oauth2-jwt': [
    '8:21: modules.web.http.oauth2.grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer" is not known; write one of "client_credentials"',
    '9:9: modules.web.http.oauth2.client_certificate_key: is not supported, the only grant is client_credentials; remove it and write client_secret',
  ],
  'oauth2-proxy': ['5:64: modules.web.http.oauth2.no_proxy: has no proxy to except from; add proxy_url'],
  'oauth2-required': [
    '5:7: modules.web.http.oauth2.client_id: is missing; write it as in "sonde"',
    '5:7: modules.web.http.oauth2.token_url: is missing; write it as in "https://login.example.org/token"',
  ],
  'oauth2-secret-twice': [
    '5:74: modules.web.http.oauth2.client_secret_file: excludes client_secret; keep one of client_secret and client_secret_file',
  ],
  'oauth2-url': [
    '5:41: modules.web.http.oauth2.token_url: is no complete URL; begin with http://, https://, as in "https://login.example.org/token"',
  ],
  path: [
    '4:57: paths[0].hops: has fewer than two hops, which tells no more than a target; add hops, or write it under targets',
    '5:58: paths[1].hops: has fewer than two hops, which tells no more than a target; add hops, or write it under targets',
    '6:117: paths[2].hops[2].name: "pod" is already the name of hops[1]; add another name',
    '7:23: paths[3].url: does not begin with http:// or https://; write what users ask for',
    '7:92: paths[3].hops[1].address: is no URL or host; write it as in "https://www.example.org/" or "localhost:8080"',
    '8:23: paths[4].url: holds a user name or a password; write them in the module, as http.basic_auth',
    '8:97: paths[4].hops[0].address: holds a user name or a password; write them in the module, as http.basic_auth',
    '8:116: paths[4].hops[1].address: is missing; only the outermost hop may leave it out, write it as in "http://gateway.shop.svc:8080"',
    '9:72: paths[5].hops[0].name: holds a / or a control character; write a name as in "gateway"',
    '9:89: paths[5].hops[0].address: is empty; write it as in "http://gateway.shop.svc:8080"',
    '9:101: paths[5].hops[1].name: is empty; write a name',
    '9:114: paths[5].hops[1].address: holds more than a host and a port; the rest comes from the url of the path',
    '10:75: paths[6].labels.path: is a label of the metrics themselves; write another name',
    '10:83: paths[6].labels.hop: is a label of the metrics themselves; write another name',
    '10:94: paths[6].labels.9lives: is no label name; use letters, digits and _, no digit first',
    '10:102: paths[6].labels.__x: is kept for Prometheus; write a name without __ in front',
    '10:156: paths[6].hops[1].adress: unknown key; write address',
    '11:12: paths[7].name: is empty; write a name',
    '11:21: paths[7].url: is empty; write what users ask for, as in "https://shop.example.org/"',
    '11:38: paths[7].interval_failing: unknown key; known here: name, url, module, interval, retry, quiet, labels, hops',
    '11:70: paths[7].interval: 100ms is under the shortest interval; write "1s" or more',
    '11:77: paths[7].hops: a map where a list is wanted; write a list',
    '12:5: paths[8].name: is missing; write it as in "shop"',
    '12:5: paths[8].url: is missing; write it as in "https://shop.example.org/"',
    '12:5: paths[8].hops: is missing; write a list',
    '13:67: paths[9].hops[0]: a text where a map is wanted; write a map',
    '13:73: paths[9].hops[1]: a text where a map is wanted; write a map',
  ],
  'path-list': [
    '8:75: paths[0].hops[0].name: the hop is probed under the name "shop/edge", which targets[0] has; rename one',
    '9:12: paths[1].name: "shop" is already the name of paths[0]; add another name',
    '10:50: paths[2].module: "wep" is no module of this file; write one of "web", "port", "other"',
    "11:50: paths[3].module: is for http only, and this module's prober is tcp; write a module of the prober http",
    '12:50: paths[4].module: sets a Host header that is not the host of the url; write a module without it',
    '13:65: paths[5].interval: 2s is shorter than the timeout of module "web"; write at least 5s or lower that timeout',
    '14:69: paths[6].retry: 3 attempts of 5s, 1s apart, take 17s, and before the next run there are 5.5s; write fewer attempts, a shorter pause or timeout, or a longer interval',
  ],
  'prober-missing': ['2:3: modules.web.prober: is missing; add "prober: http"'],
  'prober-unknown': ['3:13: modules.web.prober: "htttp" is no prober; write "http"'],
  'proxy-both': [
    '5:18: modules.web.http.proxy_url: excludes proxy_from_environment; keep one of the two',
    '7:17: modules.web.http.no_proxy: excludes proxy_from_environment; set NO_PROXY in the environment',
  ],
  'proxy-header-text': ['6:35: modules.web.http.proxy_connect_header.X-A: a text where a list is wanted; write a list'],
  'proxy-no-host': [
    '5:18: modules.web.http.proxy_url: is no valid URL; write it as in "http://proxy.example.org:3128"',
    '9:18: modules.port.http.proxy_url: names port 0; write one from 1 to 65535',
  ],
  'proxy-no-scheme': [
    '5:18: modules.web.http.proxy_url: is no complete URL; begin with http://, https://, socks5://, socks5h://, as in "http://proxy.example.org:3128"',
  ],
  'proxy-none': [
    '5:17: modules.web.http.no_proxy: has no proxy to except from; add proxy_url',
    '6:7: modules.web.http.proxy_connect_header: has no proxy to go to; add proxy_url or proxy_from_environment: true',
  ],
  'proxy-scheme': [
    '5:18: modules.web.http.proxy_url: has the scheme ftp://; use http://, https://, socks5://, socks5h://',
  ],
  'quote-open': ['4:1: file: a quote, bracket, colon or comma is missing; close what was opened before this place'],
  regexp: [
    '5:37: modules.web.http.fail_if_body_matches_regexp[0]: regular expression "[a-": missing closing ]; write a Go (RE2) regular expression',
    '6:41: modules.web.http.fail_if_body_not_matches_regexp[0]: regular expression "(?=x)": invalid or unsupported Perl syntax at "(?="; write it without lookaround and backreferences, which RE2 lacks',
  ],
  'size-lower-case': [
    '5:24: modules.web.http.body_size_limit: size "1mb" is no size; write one as in "512KB" or "10MB"',
  ],
  'size-negative': [
    '5:24: modules.web.http.body_size_limit: size "-1MB" is no size; write one as in "512KB" or "10MB"',
  ],
  'size-no-unit': ['5:24: modules.web.http.body_size_limit: size "1024" has no unit; add one, as in "1024B" or "10MB"'],
  'size-too-large': ['5:24: modules.web.http.body_size_limit: size "9EB" is 8EB or more; write a smaller one'],
  'status-quoted': [
    '5:28: modules.web.http.valid_status_codes[0]: a text in quotes where a number is wanted; remove the quotes',
  ],
  'status-range': [
    '5:28: modules.web.http.valid_status_codes[0]: a text where a number is wanted; write it as in 200',
    '5:33: modules.web.http.valid_status_codes[1]: is no whole number; write one as in 200',
  ],
  tab: ['2:1: file: a tab indents this line; use spaces'],
  'target-address': [
    '6:5: targets[0].address: is missing; write it as in "https://www.example.org/"',
    '7:15: targets[1].address: is empty; write what to probe, as in "https://www.example.org/"',
    '8:15: targets[2].address: is no URL or host; write it as in "https://www.example.org/" or "localhost:8080"',
    '9:15: targets[3].address: begins with ftp://; write http:// or https://',
    '10:15: targets[4].address: holds white space or a control character; remove or encode it',
    '11:15: targets[5].address: holds a backslash; write /',
  ],
  'target-interval': [
    '6:41: targets[0].interval: 500ms is under the shortest interval; write "1s" or more',
    '7:41: targets[1].interval: 5s is shorter than the timeout of module "web"; write at least 10s or lower that timeout',
    '8:41: targets[2].interval: duration "30" has no unit; add one, as in "30s"',
  ],
  'target-labels': [
    '8:24: targets[0].labels.instance: is a label of the metrics themselves; write another name',
    '8:34: targets[0].labels.phase: is a label of the metrics themselves; write another name',
    '8:42: targets[0].labels.__x: is kept for Prometheus; write a name without __ in front',
    '8:50: targets[0].labels.1st: is no label name; use letters, digits and _, no digit first',
    '8:58: targets[0].labels.a-b: is no label name; use letters, digits and _, no digit first',
    '8:61: targets[0].labels.ok: a map where a text is wanted; write a text',
  ],
  'target-list': [
    '1:1: targets: a map where a list is wanted; write it as in targets: [{address: "https://www.example.org/", module: http_2xx}]',
  ],
  'target-module': [
    '6:5: targets[0].module: "http_2xx" is no module of this file; write one of "web"',
    '7:35: targets[1].module: "wbe" is no module of this file; write one of "web"',
  ],
  'target-name-twice': [
    '7:46: targets[1].name: "https://a/" is already the name of targets[0]; add another name',
    '8:15: targets[2].address: "https://a/" is already the name of targets[0]; add another name',
  ],
  'target-schedule': [
    '5:64: targets[0].interval_failing: 10s is not shorter than the interval of 10s; write a shorter one or leave the key out',
    '6:49: targets[1].interval_failing: 2s is shorter than the timeout of module "web"; write at least 5s or lower that timeout',
    '7:46: targets[2].retry: 3 attempts of 5s, 1s apart, take 17s, and before the next run there are 14.5s; write fewer attempts, a shorter pause or timeout, or a longer interval',
    '8:54: targets[3].retry: 2 attempts of 5s, 1s apart, take 11s, and before the next run there are 9.5s; write fewer attempts, a shorter pause or timeout, or a longer interval',
    '9:49: targets[4].retry.attempts: 0 is out of range; write one from 1 to 10',
    '10:45: targets[5].retry: 2 attempts of 100ms, 4.8s apart, take 5s, and before the next run there are 4.5s; write fewer attempts, a shorter pause or timeout, or a longer interval',
    '11:50: targets[6].quiet[0].timezone: "Europe/Berln" is no known time zone; did you mean "Europe/Berlin"?',
    '12:50: targets[7].quiet[0].timezone: "Nowhere Land" is no known time zone; write one as in "Europe/Berlin" or "UTC"',
    '12:66: targets[7].quiet[1].days: is empty; name days as in [sat, sun], or leave the key out',
    '12:85: targets[7].quiet[2].days[0]: "caturday" is not known; write one of "mon", "tue", "wed", "thu", "fri", "sat", "sun"',
    '13:46: targets[8].quiet[0].from: "25:00" is no time of day; write one from "00:00" to "24:00"',
    '13:63: targets[8].quiet[1].from: "9:5" is no time of day; write one from "00:00" to "24:00"',
    '13:91: targets[8].quiet[2].to: is the same as from; write another time, or "00:00" and "24:00" for the whole day',
    '14:38: targets[9].burst: 6 probes of 5s take 30s, and before the next run there are 29.5s; write fewer probes, a shorter timeout, or a longer interval',
    '15:38: targets[10].burst: 0 is out of range; write one from 1 to 100',
    '16:38: targets[11].burst: excludes retry; keep one of retry and burst',
    '17:41: targets[12].interval: 25h0m0s is over the longest interval; write "24h" or less',
  ],
  'target-unknown-key': [
    '6:5: targets[0].address: is missing; write it as in "https://www.example.org/"',
    '6:6: targets[0].addres: unknown key; write address',
  ],
  'timeout-days': [
    '4:14: modules.web.timeout: duration "1d" has the unknown unit "d"; use ns, us, ms, s, m or h, as in "24h"',
  ],
  'timeout-list': ['4:5: modules.web.timeout: a list where a text is wanted; write it as in "5s"'],
  'timeout-negative': ['4:14: modules.web.timeout: duration "-5s" is negative; write a positive one, as in "5s"'],
  'timeout-no-unit': ['4:14: modules.web.timeout: duration "5" has no unit; add one, as in "5s"'],
  'timeout-too-long': ['4:14: modules.web.timeout: duration "3000000h" is longer than 292 years; write a shorter one'],
  'timeout-word': ['4:14: modules.web.timeout: duration "soon" is no duration; write one as in "5s" or "1m30s"'],
  'tls-cert-alone': ['5:31: modules.web.http.tls_config.cert_file: has no key beside it; add key_file or key'],
  'tls-key-alone': ['5:30: modules.web.http.tls_config.key_file: has no certificate beside it; add cert_file or cert'],
  'tls-no-pem': [
    '6:13: modules.web.http.tls_config.ca: holds no certificate in PEM form; begin with -----BEGIN CERTIFICATE-----, or write ca_file',
    '7:15: modules.web.http.tls_config.cert: holds no certificate in PEM form; begin with -----BEGIN CERTIFICATE-----, or write cert_file',
    '8:14: modules.web.http.tls_config.key: holds no private key in PEM form without a pass phrase; begin with -----BEGIN PRIVATE KEY-----, or write key_file',
    '15:26: modules.token.http.oauth2.tls_config.ca: holds no certificate in PEM form; begin with -----BEGIN CERTIFICATE-----, or write ca_file',
  ],
  'tls-secret-manager': [
    '5:20: modules.web.http.tls_config.ca_ref: is not supported, there is no secret manager; write ca_file',
  ],
  'tls-twice': [
    '5:24: modules.web.http.tls_config.ca: holds no certificate in PEM form; begin with -----BEGIN CERTIFICATE-----, or write ca_file',
    '5:36: modules.web.http.tls_config.ca_file: excludes ca; keep one of ca and ca_file',
    '5:45: modules.web.http.tls_config.cert: holds no certificate in PEM form; begin with -----BEGIN CERTIFICATE-----, or write cert_file',
    '5:59: modules.web.http.tls_config.cert_file: excludes cert; keep one of cert and cert_file',
    '5:67: modules.web.http.tls_config.key: holds no private key in PEM form without a pass phrase; begin with -----BEGIN PRIVATE KEY-----, or write key_file',
    '5:86: modules.web.http.tls_config.key_file: excludes key; keep one of key and key_file',
  ],
  'tls-version-order': [
    '5:53: modules.web.http.tls_config.max_version: TLS12 is below min_version TLS13; write TLS13 or higher',
    '9:33: modules.old.http.tls_config.max_version: TLS11 is below TLS12, the lowest when min_version is not set; add min_version: TLS11',
  ],
  'tls-version': [
    '5:33: modules.web.http.tls_config.min_version: "TLS1.2" is not known; write one of "TLS10", "TLS11", "TLS12", "TLS13"',
  ],
  'two-documents': ['2:1: file: a second document begins; keep one per file, without "---"'],
  'unknown-key': ['5:7: modules.web.http.valid_status_code: unknown key; write valid_status_codes'],
  'unknown-top-key': ['1:1: module: unknown key; write modules'],
  'compression-none-accepted': [
    '7:26: modules.web.http.headers.Accept-Encoding: the header does not accept the compression gzip; write "gzip" or remove compression',
  ],
  addresses: ['2:32: modules.a.addresses: "each" is not known; write one of "one", "any", "all"'],
  'discovery-api-server': [
    '3:42: discovery.kubernetes[0].api_server: is no complete URL; begin with https://, http://, as in "https://kubernetes.example.org:6443"',
    '4:42: discovery.kubernetes[1].api_server: holds credentials; write token_file',
    '5:42: discovery.kubernetes[2].api_server: has a query or a fragment; end it before the ? or #',
    '6:87: discovery.kubernetes[3].token_file: would be sent in the clear; write https:// in api_server, or remove it',
  ],
  'discovery-files': [
    '3:7: discovery.files[0].files: is empty; write a path as in "targets/*.json"',
    '4:25: discovery.files[1].files[1]: is empty; write a path as in "targets/*.json"',
    '5:25: discovery.files[1].refresh_interval: 100ms is out of range; write one from 1s to 24h',
    '7:15: discovery.files[2].module: "nowhere" is no module of this file; write one of "http_2xx"',
    '9:17: discovery.files[3].interval: 500ms is under the shortest interval; write "1s" or more',
    '10:26: discovery.files[3].labels.instance: is a label of the metrics themselves; write another name',
    '11:7: discovery.files[4].files: is missing; write it as in ["targets/*.json"]',
  ],
  'discovery-kubernetes': [
    '3:7: discovery.kubernetes[0].resources: is empty; write which objects, as in ["ingress"]',
    '4:28: discovery.kubernetes[1].resources[1]: "pod" is not known; write one of "ingress", "httproute", "grpcroute", "tlsroute", "service"',
    '5:28: discovery.kubernetes[2].resources[1]: "ingress" stands there already; keep one',
    '6:20: discovery.kubernetes[2].namespaces[0]: is no name of a namespace; use small letters, digits and -, as in "shop"',
    '7:7: discovery.kubernetes[2].gateway_namespaces: is for routes only, and there is none among the resources; remove it',
    '9:23: discovery.kubernetes[2].object_labels[0]: is no label of Kubernetes; write one as in "team"',
    '10:13: discovery.kubernetes[2].path: is no path; begin with /',
    '12:23: discovery.kubernetes[3].label_selector: is no label selector; write one as in "app=web,tier in (front,back)"',
    '13:22: discovery.kubernetes[3].labels.kind: is a label of the metrics themselves; write another name',
    '13:36: discovery.kubernetes[3].labels.namespace: is a label of the metrics themselves; write another name',
    '14:7: discovery.kubernetes[4].resources: is missing; write it as in ["ingress"]',
  ],
  'discovery-modules': [
    '6:7: discovery.kubernetes[0].interval: 30s is shorter than the timeout of module "http_2xx"; write at least 1m0s or lower that timeout',
    '6:7: discovery.kubernetes[0].module: "tcp_connect" is no module of this file; write one of "http_2xx", "names"',
    '8:15: discovery.kubernetes[1].module: "names" has the prober dns, which cannot ask a host of Kubernetes; write another',
  ],
  'dns-edns': [
    '2:58: modules.a.dns.edns.udp_size: 100 is out of range; write one from 512 to 65535, as in 1232',
    '2:74: modules.a.dns.edns.dnssec_ok: a number where true or false is wanted; write true or false',
    '2:77: modules.a.dns.edns.do: unknown key; known here: udp_size, dnssec_ok',
  ],
  'dns-names': [
    '6:19: modules.a.dns.query_type: "SAO" is no record type; write "SOA"',
    '7:20: modules.a.dns.query_class: "IM" is no class; write "IN"',
    '8:31: modules.a.dns.valid_rcodes[1]: "NXDOMIAN" is no response code; write "NXDOMAIN"',
    '9:53: modules.b.dns.query_type: "TYPE70000" is no record type; write one as in "A", "SOA" or "TYPE65280"',
    '9:79: modules.b.dns.valid_rcodes[0]: "3" is no response code; write one as in "NOERROR" or "NXDOMAIN"',
  ],
  'dns-query-name': [
    '2:23: modules.none.dns.query_name: is missing; write it as in "example.org"',
    '3:42: modules.empty.dns.query_name: is empty; write the name to ask for, as in "example.org" or "." for the root',
    '4:41: modules.dots.dns.query_name: has an empty part between its dots; write a name as in "example.org"',
    '5:41: modules.long.dns.query_name: has a part over 63 bytes between its dots; write a name as in "example.org"',
    '6:42: modules.space.dns.query_name: begins or ends with a space, or holds a control character; remove it',
  ],
  'dns-rcodes-none': [
    '2:41: modules.a.dns.valid_rcodes: is empty, so that every probe would fail; write [NOERROR] or leave the key out',
  ],
  'dns-regexp': [
    '6:54: modules.a.dns.validate_answer_rrs.fail_if_matches_regexp[0]: regular expression "(": missing closing ); write a Go (RE2) regular expression',
    '7:61: modules.a.dns.validate_authority_rrs.fail_if_not_matches_regexp[0]: regular expression "[a-": missing closing ]; write a Go (RE2) regular expression',
    '8:33: modules.a.dns.validate_additional_rrs.fail_if_all_matches_regexp: unknown key; write fail_if_all_match_regexp',
    '8:95: modules.a.dns.validate_additional_rrs.fail_if_none_matches_regexp: a text where a list is wanted; write a list',
  ],
  'dns-transport': [
    '2:57: modules.tls.dns.dns_over_tls: needs TCP; add transport_protocol: tcp',
    '3:105: modules.both.dns.dns_over_https: excludes dns_over_tls; keep one of the two',
    '4:64: modules.word.dns.transport_protocol: "quic" is not known; write one of "udp", "tcp", ""',
    '5:96: modules.retry.dns.retry_truncated_over_tcp: is for UDP only; remove it, nothing is cut off over TCP',
    '6:56: modules.path.dns.https_path: is for DNS over HTTPS; add dns_over_https: true',
    '7:81: modules.no_path.dns.https_path: is no path of a URL; write one as in "/dns-query"',
  ],
  'grpc-metadata': [
    '6:9: modules.a.grpc.metadata["bad name"]: is no name of metadata; use letters, digits, "_", "-" and "."',
    '7:24: modules.a.grpc.metadata.X-A[1]: holds more than printable ASCII; encode it, or end the name in -bin',
    '8:9: modules.a.grpc.metadata.x-a: is the same name as "X-A"; keep one',
    '9:17: modules.a.grpc.metadata.x-text: a text where a list is wanted; write a list',
  ],
  icmp: [
    '2:35: modules.low.icmp.ttl: -1 is out of range; write one from 0 to 255',
    '3:36: modules.high.icmp.ttl: 256 is out of range; write one from 0 to 255',
    '4:36: modules.text.icmp.ttl: a text in quotes where a number is wanted; remove the quotes',
    '5:45: modules.size.icmp.payload_size: 65508 is out of range; write one from 0 to 65507, as in 56',
    '6:48: modules.packets.icmp.packet_count: 0 is out of range; write one from 1 to 100',
    '6:68: modules.packets.icmp.packet_interval: is under the shortest interval; write "10ms" or more',
    '6:89: modules.packets.icmp.max_loss_ratio: is no share; write one from 0 to 1, as in 0.5',
    '7:45: modules.half.icmp.packet_count: is no whole number; write one from 1 to 100',
  ],
  'other-block': [
    '4:5: modules.web.dns.query_name: is missing; write it as in "example.org"',
    '5:17: modules.web.icmp.ttl: 300 is out of range; write one from 0 to 255',
    '6:12: modules.web.unix.tsl: unknown key; write tls',
  ],
  'query-response': [
    '2:74: modules.regexp.tcp.query_response[1].expect: regular expression ":[": missing closing ] at "["; write a Go (RE2) regular expression',
    '3:72: modules.both.tcp.query_response[0].expect_bytes: excludes expect; keep one of expect and expect_bytes',
    '4:63: modules.unix.unix.query_response[0].expect_bytes: excludes expect; keep one of expect and expect_bytes',
    '4:77: modules.unix.unix.query_response[0].expects: unknown key; write expect',
    '11:22: modules.labels.tcp.query_response[0].labels[0].name: is empty; write a name as in "version"',
    '12:22: modules.labels.tcp.query_response[0].labels[1].name: is kept for Prometheus; write a name without __ in front',
    '14:22: modules.labels.tcp.query_response[0].labels[3].name: is the name of labels[2], too; write another',
    '15:15: modules.labels.tcp.query_response[0].labels[4].name: is missing; write it as in "version"',
    '17:22: modules.labels.tcp.query_response[0].labels[6].name: is the name of labels[5], too; write another',
  ],
  resolver: [
    '2:34: modules.name.resolver: is no address of a name server; write its IP, as in "10.0.0.10" or "[fd00::10]:53"',
    '3:38: modules.brackets.resolver: is no address of a name server; write its IP, as in "10.0.0.10" or "[fd00::10]:53"',
    '4:34: modules.port.resolver: names an odd port; write one from 1 to 65535',
    '5:34: modules.high.resolver: names an odd port; write one from 1 to 65535',
    '6:34: modules.bare.resolver: is no address of a name server; write its IP, as in "10.0.0.10" or "[fd00::10]:53"',
    '7:24: modules.list.resolver: a list where a text is wanted; write it as in "10.0.0.10"',
  ],
  'source-address': [
    '2:45: modules.a.tcp.source_ip_address: is no IP address; write one of this machine, as in "192.0.2.10"',
    '3:47: modules.b.http.source_ip_address: is no IP address; write one of this machine, as in "192.0.2.10"',
  ],
  'target-address-by-prober': [
    '9:28: targets[0].address: has no port; write it as in "mail.example.org:25" or "[2001:db8::1]:25"',
    '10:28: targets[1].address: is a URL, and this prober takes none; write it as in "mail.example.org:25" or "[2001:db8::1]:25"',
    '11:28: targets[2].address: is an IPv6 address without a port; write it as in "mail.example.org:25" or "[2001:db8::1]:25"',
    '12:28: targets[3].address: names a port that is none; write one from 1 to 65535',
    '13:28: targets[4].address: is no host; write it as in "mail.example.org:25" or "[2001:db8::1]:25"',
    '14:29: targets[5].address: holds a NUL character; remove it',
    '15:28: targets[6].address: is a URL, and this prober takes none; write it as in "192.0.2.53" or "ns.example.org:53"',
    '16:28: targets[7].address: is no host; write it as in "192.0.2.53" or "ns.example.org:53"',
    '17:29: targets[8].address: has a port, and this prober uses none; write it as in "www.example.org" or "2001:db8::1"',
    '18:29: targets[9].address: is a URL, and this prober takes none; write it as in "www.example.org" or "2001:db8::1"',
    '19:29: targets[10].address: holds more than a host and a port; write it as in "grpc.example.org:443"',
    '20:27: targets[11].address: "https://a/" is already the name of targets[9]; add another name',
    '20:27: targets[11].address: has no scheme ws:// or wss://; write it as in "wss://www.example.org/live"',
    '21:27: targets[12].address: is no URL or host; write it as in "wss://www.example.org/live"',
    '22:27: targets[13].address: holds white space or a control character; remove or encode it',
    '23:27: targets[14].address: holds a user name or a password; write them in the module, as http_config.basic_auth',
  ],
  'target-only-for': [
    `6:43: targets[0].query_name: is for dns only, and this module's prober is http; remove it`,
    `6:58: targets[0].query_type: is for dns only, and this module's prober is http; remove it`,
    '7:41: targets[1].hostname: is not the Host header of the module; keep one of the two',
    '8:41: targets[2].hostname: is no host name; write one as in "www.example.org"',
    '8:41: targets[2].hostname: is not the Host header of the module; keep one of the two',
    '8:59: targets[2].addresses: "each" is not known; write one of "one", "any", "all"',
    `9:42: targets[3].hostname: is for http, tcp, grpc, unix and websocket only, and this module's prober is icmp; remove it`,
    `10:46: targets[4].addresses: is for http, tcp, dns, icmp, grpc and websocket only, and this module's prober is unix; remove it`,
    '11:44: targets[5].query_type: "SAO" is no record type; write "SOA"',
    `11:44: targets[5].query_type: is for dns only, and this module's prober is icmp; remove it`,
    '11:61: targets[5].query_name: is empty; write the name to ask for, as in "example.org" or "." for the root',
    `11:61: targets[5].query_name: is for dns only, and this module's prober is icmp; remove it`,
  ],
  'unix-ip': [
    '2:28: modules.a.unix.preferred_ip_protocol: unknown key; known here: tls, tls_config, query_response',
    '2:56: modules.a.unix.source_ip_address: unknown key; known here: tls, tls_config, query_response',
  ],
  telemetry: [
    '4:15: telemetry.otlp.endpoint: is no complete URL; begin with http://, https://, as in "http://localhost:4318"',
    '6:21: telemetry.otlp.headers.Content-Type: the export itself sets this header; remove it',
    '7:17: telemetry.otlp.headers["X Tenant"]: is no header name; use letters, digits and dashes',
    '8:22: telemetry.otlp.headers.Authorization: holds a line break or another control character; remove it or encode it',
    '9:13: telemetry.otlp.traces: and metrics are both off; turn one on, or remove otlp',
    '11:15: telemetry.otlp.interval: 100ms is too short; write "1s" or more',
    '12:14: telemetry.otlp.timeout: leaves no time; write one as in "10s"',
    '13:5: telemetry.otlp.protocol: unknown key; known here: endpoint, headers, traces, metrics, interval, timeout, compression, tls_config',
    '15:5: telemetry.resource_attributes["service.version"]: a list where a text is wanted; write a text',
    '16:9: telemetry.resource_attributes[""]: is no name; write one as in "deployment.environment.name"',
  ],
  'telemetry-endpoint': ['3:15: telemetry.otlp.endpoint: holds credentials; write them under headers'],
  'telemetry-interval': [
    '4:15: telemetry.otlp.interval: 25h0m0s is too long; write "24h" or less',
    '5:18: telemetry.otlp.compression: "zstd" is not known; write one of "gzip", "none"',
    '6:45: telemetry.otlp.headers.Authorization.value: unknown key; write values',
    '7:24: telemetry.otlp.tls_config.cert: has no key beside it; add key_file or key',
    '7:24: telemetry.otlp.tls_config.cert: holds no certificate in PEM form; begin with -----BEGIN CERTIFICATE-----, or write cert_file',
  ],
  'telemetry-query': [
    '3:15: telemetry.otlp.endpoint: has a query or a fragment; end it before the ? or #, /v1/traces and /v1/metrics are put at its end',
  ],
  'telemetry-signal': [
    '3:15: telemetry.otlp.endpoint: is that of one signal; leave out /v1/traces, it is put at the end',
  ],
  'telemetry-times': ['5:14: telemetry.otlp.timeout: 6s is longer than the interval of 5s; write that or less'],
  trace: [
    '5:29: modules.web.http.trace.sample_ratio: 10 is out of range; write a number from 0 to 1, as in 0.1',
    '6:34: modules.web.http.server_timing_application: is no name of a Server-Timing entry; write one as in "total"',
    '10:29: modules.api.http.trace.sample_ratio: a text where a number is wanted; write it as in 0.1',
    '10:34: modules.api.http.trace.ratio: unknown key; known here: sample_ratio',
    '13:19: modules.off.http.trace: true or false where a map is wanted; write it as in {"sample_ratio":0.1}',
    '13:53: modules.off.http.server_timing_application: is no name of a Server-Timing entry; write one as in "total"',
  ],
  websocket: [
    '6:18: modules.a.websocket.headers.Upgrade: the handshake itself sets this header; remove it',
    '7:21: modules.a.websocket.headers["Bad Name"]: is no header name; use letters, digits and dashes',
    '8:9: modules.a.websocket.headers.X-A: a list where a text or a map is wanted; write a text',
    '9:15: modules.a.websocket.headers.X-B.value: unknown key; write values',
    '10:24: modules.a.websocket.headers.X-C.values[0]: holds a line break or another control character; remove it or encode it',
    '11:14: modules.a.websocket.headers.X-D: holds a line break or another control character; remove it or encode it',
    '12:15: modules.a.websocket.headers.X-E.secrets: a map where a list is wanted; write a list',
    '15:9: modules.a.websocket.http_config.authorization: excludes basic_auth; keep one of basic_auth, authorization, oauth2, bearer_token and bearer_token_file',
    '16:19: modules.a.websocket.http_config.no_proxy: has no proxy to except from; add proxy_url',
    '17:9: modules.a.websocket.http_config.timeout: unknown key; remove it, or see docs/configuration.md',
    '18:33: modules.a.websocket.query_response[0].expect: regular expression "(": missing closing ); write a Go (RE2) regular expression',
  ],
  'monitoring-alerts': [
    '2:23: monitoring.alerts.disabled[0]: "SyntheticProbeFlaping" is not known; write one of "SyntheticProbeFailing", "SyntheticProbeFlapping", "SyntheticProbeSlow", "SyntheticProbeSlowerThanUsual", "SyntheticProbeHTTPUnexpectedStatus", "SyntheticPathHopFailing", "SyntheticCertificateExpiringSoon", "SyntheticCertificateExpired", "SyntheticCertificateWrongName", "SyntheticCertificateUntrusted", "SyntheticTLSVersionOld", "SyntheticProberDown", "SyntheticProbeUnanswered", "SyntheticTargetMissing", "SyntheticProberConfigReloadFailed", "SyntheticDiscoveryOutOfDate", "SyntheticProberUnknownModule", "SyntheticProberOverloaded", "SyntheticProberMissesRuns", "SyntheticProberExportFailing", "SyntheticSLOBurnRate", "SyntheticSLOCoverageLow"',
  ],
  'monitoring-durations': [
    '2:20: monitoring.scrape_interval: 5m leaves gaps, since Prometheus looks back 5m; write 2m or less',
    '3:14: monitoring.retention: duration "15" has no unit; add one, as in "15s"',
    '4:17: monitoring.alerts.for: duration "1.5m" is none of Prometheus’; write one as in "2m", "1h30m" or "15d"',
    '6:27: monitoring.ingress[0].module: "nowhere" is no module of this file; write the name of one',
    '6:46: monitoring.ingress[0].interval: 3m leaves gaps, since Prometheus looks back 5m; write 2m or less',
  ],
  'monitoring-ingress-timeout': [
    '5:42: monitoring.ingress[0].interval: 30s is shorter than the timeout of module "web"; write at least 40s or lower that timeout',
  ],
  'monitoring-latency-window': [
    '1:51: monitoring.alerts.latency_window: 1m is too short for two samples; write 2m or more',
  ],
  'monitoring-names': [
    '2:9: monitoring.mode: "push" is not known; write one of "scheduled", "pull", "http_sd"',
    '3:9: monitoring.name: is no name of Kubernetes; use small letters, digits and -, as in "sonde"',
    '4:28: monitoring.labels["release name"]: is no name of a label of Kubernetes; use letters, digits, - _ . and at most one /',
    '5:11: monitoring.quorum: 0 is out of range; write a number over 0 and up to 1, as in 0.5',
    '6:26: monitoring.prober_service.port: is no name of a port; write the name that the Service gives it, as in "http"',
    '7:22: monitoring.prometheus_shards: 0 is out of range; write one from 1 to 1000',
  ],
  'monitoring-prober-twice': ['3:3: monitoring.vantage_points: excludes prober_url; keep one of the two'],
  'monitoring-prober-url': [
    '3:29: monitoring.vantage_points[0].prober_url: "ftp://sonde:9115" is neither http nor https; write it as in "http://sonde.monitoring.svc:9115"',
    '4:29: monitoring.vantage_points[1].prober_url: holds credentials, which the rules and objects would show; write it as in "http://sonde.monitoring.svc:9115"',
    '5:29: monitoring.vantage_points[2].prober_url: "http://sonde:9115/?module=x" has a query or a fragment; write it as in "http://sonde.monitoring.svc:9115"',
    '6:14: monitoring.vantage_points[3].name: "c" is already the name of another; write another name',
    '6:29: monitoring.vantage_points[3].prober_url: "sonde: 9115" is no address of a prober; write it as in "http://sonde.monitoring.svc:9115"',
    '7:14: monitoring.vantage_points[4].name: is empty; write a name as in "eu-west"',
  ],
  'monitoring-target-labels': [
    '3:49: targets[0].labels.job: is a label that Prometheus or its Operator sets; write another name',
    '3:63: targets[0].labels.namespace: is a label that Prometheus or its Operator sets; write another name',
    '5:52: paths[0].labels.vantage: is a label that Prometheus or its Operator sets; write another name',
    '7:43: discovery.files[0].labels.job: is a label that Prometheus or its Operator sets; write another name',
    '8:59: discovery.kubernetes[0].labels.namespace: is a label of the metrics themselves; write another name',
    '8:67: discovery.kubernetes[0].labels.pod: is a label that Prometheus or its Operator sets; write another name',
  ],
  'monitoring-timeout': [
    '1:42: monitoring.scrape_timeout: 5s cuts off probes of module "web"; write 5500ms or more, or lower its timeout',
  ],
  'monitoring-timeout-interval': [
    '1:42: monitoring.scrape_timeout: 20s is longer than the interval of 15s; write a shorter one',
  ],
  'slo-names': [
    '5:12: slo[1].name: "shop" is already the name of slo[0]; write another name',
    '6:12: slo[2].name: is no name of an objective; use letters, digits, _ and -, as in "shop"',
  ],
  'slo-objective': [
    '4:26: slo[0].objective: 100 is no objective: one failure would break it for ever; write a percentage between 0 and 100, as in 99.5',
    '5:26: slo[1].objective: 0 is no objective: it promises nothing, or more than all; write a percentage between 0 and 100, as in 99.5',
    '6:40: slo[2].window: "12d" is not known; write one of "7d", "28d", "30d"',
    '7:23: slo[3].window: 7 is not known; write one of "7d", "28d", "30d"',
  ],
  'slo-targets': [
    '4:25: slo[0].targets[0]: "shpo" is no target of this file; did you mean "shop"?',
    '5:15: slo[1].labels: are those of no target of this file; write labels that one has',
    '6:32: slo[2].labels: excludes targets; keep one of the two',
    '7:32: slo[3].labels: excludes targets; keep one of the two',
    '8:15: slo[4].targets: is empty; name targets, or leave the key out for all',
  ],
  'slo-window': [
    '4:23: slo[0].window: 30d is longer than Prometheus keeps samples; write a shorter one, or raise monitoring.retention, which is 15d',
  ],
  'slo-window-retention': [
    '5:23: slo[0].window: 28d is longer than Prometheus keeps samples; write a shorter one, or raise monitoring.retention, which is 10d',
  ],
  'slo-without-targets': ['2:5: slo[0]: is an objective for no target: there are none; add targets'],
}

const NO_TEXT = 'is not a text file (UTF-8); save it as one, or give another'
const TOO_LARGE = 'is larger than 16 MiB, the most that is read; is it the right one?'
const ODD_FILES: readonly (readonly [title: string, bytes: string | Uint8Array, message: string])[] = [
  ['a file with NUL bytes', 'modules: {}\n\0\0\0\n', NO_TEXT],
  ['a program', Uint8Array.from({ length: 4096 }, (_, index) => (index * 7) % 256), NO_TEXT],
  ['UTF-16', Buffer.from('\ufeffmodules: {}\n', 'utf16le'), NO_TEXT],
  ['a file one byte over 16 MiB', Buffer.alloc(16 * 2 ** 20 + 1, '#'), TOO_LARGE],
  ['a file of 16 MiB that is one comment', Buffer.alloc(16 * 2 ** 20, '#'), EMPTY],
]

const OLD = 'modules: {a: {prober: http, http: {bearer_token: x}}'
const DEPRECATED = 'f:1:36: modules.a.http.bearer_token: is deprecated; write authorization with credentials'
const BAD_WITH_WARNINGS: readonly (readonly [title: string, text: string, warnings: readonly string[]])[] = [
  ['an unknown key beside it', `${OLD}, b: {prober: http, x: 1}}`, [DEPRECATED]],
  ['an unknown key in the same block', `${OLD.replace('x}', 'x, methd: GET}')}}`, [DEPRECATED]],
  ['a bad item of a list', `${OLD.replace('x}', 'x, valid_status_codes: [200, x]}')}}`, [DEPRECATED]],
  ['a missing prober of another', `${OLD}, b: {http: {bearer_token: x}}}`, [DEPRECATED]],
  ['a bad expression', `${OLD.replace('x}', "x, fail_if_body_json_matches_cel: '('}")}}`, [DEPRECATED]],
  ['a bad target', `${OLD}}\ntargets: [{address: 5, module: nope}]`, [DEPRECATED]],
  ['no modules at all', 'modules: 5', []],
  ['a type of record that is none', 'modules: {a: {prober: dns, dns: {query_name: a, query_type: SOAA}}}', []],
]

describe('prober/config: invalid files', (test) => {
  for (const [name, expected] of Object.entries(MESSAGES)) {
    test(`${name} is refused with its place and what to write`, async () => {
      const file = join(FIXTURES, `invalid-${name}.yml`)
      const loaded = await loadConfig(file)
      assert.equal(
        loaded.ok ? 'loaded' : loaded.errors,
        expected.map((line) => `${file}:${line}`),
      )
    })
  }

  test('every invalid file has its row', () => {
    const files = readdirSync(FIXTURES).filter((file) => file.startsWith('invalid-'))
    assert.equal(
      files.sort(),
      Object.keys(MESSAGES)
        .map((name) => `invalid-${name}.yml`)
        .sort(),
    )
  })

  test('no message repeats a secret of its file', () => {
    assert.not.match(JSON.stringify(MESSAGES), /hunter2/)
  })

  test('a file that is not there is named as it was looked for, with what to do', async () => {
    const missing = resolve('nowhere/sonde.yml')
    const problem = `nowhere/sonde.yml:1:1: file: ${missing} does not exist;`
    assert.equal(await errorsOf('nowhere/sonde.yml'), [`${problem} give another with --config.file`])
    assert.equal(await errorsOf('nowhere/sonde.yml', 'check the path'), [`${problem} check the path`])
    assert.equal(await errorsOf(FIXTURES), [
      `${FIXTURES}:1:1: file: ${FIXTURES} cannot be read (EISDIR); give another with --config.file`,
    ])
  })

  for (const [title, bytes, message] of ODD_FILES) {
    test(`${title} is one error`, async () => {
      await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-test-'))
      const file = join(folder.path, 'odd.yml')
      await writeFile(file, bytes)
      assert.equal(await errorsOf(file), [`${file}:1:1: file: ${message}`])
    })
  }

  test('a source without an end is read no further than it must be', async () => {
    let given = 0
    async function* endless() {
      for (;;) {
        given += 2 ** 20
        yield new Uint8Array(2 ** 20)
      }
    }
    const read = await configText(endless(), 'f')
    assert.equal(read, { ok: false, message: TOO_LARGE, errors: [`f:1:1: file: ${TOO_LARGE}`] })
    assert.is(given, 17 * 2 ** 20)
  })

  test('of very many errors a thousand are told, and how many there are', async () => {
    const lines = Array.from({ length: 1234 }, (_, index) => `  m${index}: {prober: htp}`)
    const loaded = await parseConfig(`modules:\n${lines.join('\n')}\n`, 'f')
    const errors = loaded.ok ? [] : loaded.errors
    assert.equal([errors.length, errors.at(-1)], [1001, 'f: … and 234 more'])
  })

  for (const [title, text, warnings] of BAD_WITH_WARNINGS) {
    test(`${title}: the warnings are told all the same`, async () => {
      const loaded = await parseConfig(text, 'f')
      assert.equal(loaded.ok ? 'loaded' : loaded.warnings, warnings)
    })
  }
})

async function errorsOf(file: string, remedy?: string): Promise<readonly string[]> {
  const loaded = await loadConfig(file, remedy)
  return loaded.ok ? ['loaded'] : loaded.errors
}
