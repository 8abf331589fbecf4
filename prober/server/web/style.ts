/** The status page's whole style sheet; sent inside the page, allowed by its hash. No colour is the only bearer of a meaning. */
export const STYLE = `
:root{color-scheme:light dark;--back:#f7f8fa;--card:#fff;--text:#1b2430;--dim:#5b6675;--line:#dfe3e9;--link:#0b5cad;
--ok:#0f6b3a;--ok-back:#dff3e6;--bad:#a3171f;--bad-back:#fde4e4;--wait:#5b6675;--wait-back:#e9ecf1}
@media (prefers-color-scheme:dark){:root{--back:#11151b;--card:#191f28;--text:#e4e9f0;--dim:#9aa7b8;--line:#2b3441;--link:#7cb7ff;
--ok:#7be0a3;--ok-back:#143323;--bad:#ff9c9c;--bad-back:#431a1d;--wait:#9aa7b8;--wait-back:#252d39}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--text);font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main,header,footer{max-width:1400px;margin:0 auto;padding:0 20px}
header{display:flex;flex-wrap:wrap;align-items:baseline;gap:4px 18px;padding-top:20px}
h1{font-size:22px;margin:0}h2{font-size:16px;margin:28px 0 8px}
header p{margin:0;color:var(--dim)}nav{margin-left:auto;display:flex;flex-wrap:wrap;gap:4px 16px}
a{color:var(--link)}
.warn{background:var(--bad-back);color:var(--bad);padding:10px 14px;border-radius:8px;margin:16px 0 0}
table{width:100%;border-collapse:collapse;background:var(--card);border:1px solid var(--line);border-radius:8px}
th,td{padding:9px 12px;text-align:left;vertical-align:top;border-top:1px solid var(--line)}
thead th{border-top:0;font-size:12px;font-weight:600;color:var(--dim)}
td{overflow-wrap:anywhere}
@media (min-width:761px){td:first-child{width:22%}}
caption{text-align:left;padding:9px 12px;overflow-wrap:anywhere}caption .late{white-space:normal}.path+.path{margin-top:12px}
.number{white-space:nowrap;font-variant-numeric:tabular-nums}
.dim,small{color:var(--dim)}small{display:block;font-size:13px}
.state{display:inline-block;padding:1px 9px;border-radius:99px;font-weight:600;font-size:13px;white-space:nowrap}
.ok{color:var(--ok);background:var(--ok-back)}.failed{color:var(--bad);background:var(--bad-back)}
.waiting{color:var(--wait);background:var(--wait-back)}
.late{color:var(--bad);white-space:nowrap}
.phases{width:22%;min-width:150px}
.bar{display:block;width:100%;height:12px;margin-top:5px;border-radius:3px;background:var(--line)}
.legend{display:flex;flex-wrap:wrap;gap:2px 16px;list-style:none;margin:8px 0 0;padding:0;color:var(--dim);font-size:13px}
.legend svg{width:10px;height:10px;margin-right:6px}
.phase-prepare{fill:#7d8796}.phase-token{fill:#b566c9}.phase-resolve{fill:#2f9e8f}.phase-setup{fill:#8d79c9}
.phase-rtt{fill:#b0593c}.phase-connect{fill:#3d7fd6}.phase-proxy{fill:#7d6bd6}.phase-tls{fill:#d6509a}
.phase-processing{fill:#c97a16}.phase-transfer{fill:#6b9427}.phase-dialogue{fill:#3c8f4e}.phase-check{fill:#a67c52}
.phase-other{fill:#8792a1}
form{display:flex;flex-wrap:wrap;gap:8px;margin-top:8px}
input,select,button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:6px;padding:6px 10px;min-width:0}
input[type=text]{flex:1 1 260px}select{max-width:min(100%,320px);text-overflow:ellipsis}button{cursor:pointer}
.empty{background:var(--card);border:1px dashed var(--line);border-radius:8px;padding:14px 16px;color:var(--dim);margin:0}
.empty,.warn{overflow-wrap:anywhere}
code{font:13px ui-monospace,Menlo,Consolas,monospace}
footer{padding-top:24px;padding-bottom:32px;color:var(--dim);font-size:13px}
@media (max-width:760px){main,header,footer{padding-left:12px;padding-right:12px}nav{margin-left:0}
table,caption,tbody,tr,td{display:block;width:100%}thead{display:none}tr+tr{border-top:1px solid var(--line)}tr{padding:8px 0}
td{border:0;padding:3px 12px;display:grid;grid-template-columns:92px 1fr;gap:8px}
td::before{content:attr(data-label);color:var(--dim);font-size:13px}
td.none{display:none}.phases{width:100%}.bar{margin-top:6px}}
`
