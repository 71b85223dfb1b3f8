"""What attackers write where a page shows it: sixty ways to run a script or to ask another site."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from integration.sidebar import Sources
from policies.model import Policy
from tests.integration.sidebar_cases import (
    CUSTOMER,
    DECISION,
    OPEN,
    ORGANIZATION,
    SHOP,
    SOLVED,
    TICKET,
    known,
    part,
    ratings,
    standing,
)

PAYLOADS = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<ScRiPt>alert(1)</sCrIpT>",
    "<script src=//127.0.0.1:9/x.js></script>",
    "<script type=module>alert(1)</script>",
    "<scr<script>ipt>alert(1)</script>",
    '"><script>alert(1)</script>',
    "'><script>alert(1)</script>",
    "--><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "</select><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</template><script>alert(1)</script>",
    "</noscript><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror='alert(1)'//",
    "<IMG SRC=x OnErRoR=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<img src=//127.0.0.1:9/pixel>",
    "<img srcset=//127.0.0.1:9/pixel>",
    "<image src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x>",
    "<svg><set onbegin=alert(1) attributeName=x>",
    "<svg><image href=x onerror=alert(1)>",
    "<svg><style><img src=x onerror=alert(1)>",
    "<math><mtext><mglyph><style></math><img src=x onerror=alert(1)>",
    "<math><mi><style><!--</style><img src=x onerror=alert(1)>",
    "<noscript><p id='</noscript><img src=x onerror=alert(1)>'>",
    "<table><td background=//127.0.0.1:9/pixel>",
    "<video src=x onerror=alert(1)>",
    "<audio src=x onerror=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<video poster=//127.0.0.1:9/pixel>",
    "<iframe srcdoc='<script>top.alert(1)</script>'>",
    "<iframe onload=alert(1)>",
    "<iframe src=javascript:top.alert(1)>",
    "<iframe src=//127.0.0.1:9/page>",
    "<embed src=//127.0.0.1:9/page>",
    "<input type=image src=x onerror=alert(1)>",
    "<object data=//127.0.0.1:9/page></object>",
    "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<a autofocus tabindex=1 onfocus=alert(1)>",
    "<body onload=alert(1)>",
    "<body onpageshow=alert(1)>",
    "<form id=x></form><button form=x formaction=javascript:alert(1)>x",
    "<style>@import '//127.0.0.1:9/x.css';</style>",
    "<link rel=stylesheet href=//127.0.0.1:9/x.css>",
    "<link rel=preload as=image href=//127.0.0.1:9/pixel>",
    "<p style='background:url(//127.0.0.1:9/pixel)'>x",
    "<meta http-equiv=refresh content='0;url=//127.0.0.1:9/page'>",
    "<base href=//127.0.0.1:9><img src=x>",
    '" onmouseover="alert(1)',
    "' autofocus onfocus='alert(1)",
    "</bdi></p></article><a href=javascript:alert(1)>x</a>",
    "{{ 7 * 7 }}{% include 'shell.html' %}${alert(1)}",
)
"""Each is short enough to be shown whole. ``127.0.0.1:9`` is where nobody listens."""

HARMLESS = "harmless words"


def poisoned(payload: str) -> tuple[Sources, Policy]:
    """The payload in every text that a customer, an agent or a policy can write."""
    labelled = SHOP.segments["renewal_at_stake"].model_copy(update={"label": payload})
    wording = {"opening": {"en": "About {{ subject }}"}, "do": (payload,), "avoid": (payload,)}
    toned = SHOP.tones["calm"].model_copy(update={"label": payload, **wording})
    called = SHOP.channels["phone"].model_copy(update={"label": payload, "avoid": payload})
    traits = {"plan": SHOP.traits["plan"].model_copy(update={"label": payload})}
    laced = replace(
        SHOP,
        traits=SHOP.traits | traits,
        segments=SHOP.segments | {"renewal_at_stake": labelled},
        tones=SHOP.tones | {"calm": toned},
        channels={**SHOP.channels, "phone": called},
    )
    rating = msgspec.structs.replace(ratings("bad")[0], score=payload)
    sources = replace(
        known(),
        ticket=msgspec.structs.replace(TICKET, subject=payload, tags=(payload,), channel=payload),
        customer=msgspec.structs.replace(CUSTOMER, name=payload, tags=(payload,), locale=payload),
        organization=msgspec.structs.replace(ORGANIZATION, name=payload),
        standing=standing(plan=payload),
        decision=replace(DECISION, next_step=part(payload, "segment:renewal_at_stake")),
        ratings=(rating,) * 5,
        open=tuple(msgspec.structs.replace(one, group_id=None, subject=payload) for one in OPEN),
        solved=tuple(replace(one, subject=payload) for one in SOLVED),
        fault=payload,
    )
    return sources, laced
