"""Which services give keys that are known by their first letters? As each documents its own."""

from collections.abc import Callable, Iterable

from upspiral.capture.redaction.rule import WORD, Found, RedactionRule, whole
from upspiral.capture.redaction.secret_values import match_mixed, match_random, match_random_case


def secret(what: str, hint: str, rest: str, find: Callable[[str], Iterable[Found]] = whole) -> RedactionRule:
    """Make the rule of a key that is known by its first letters.

    Args:
        what: Whose key it is.
        hint: RE2 of its first letters.
        rest: RE2 of what follows.
        find: Which parts of it are hidden.
    """
    return RedactionRule(what=what, label="secret", hint=hint, pattern=f"{WORD}({hint}{rest})", find=find)


def secret_around(
    what: str, hint: str, pattern: str, find: Callable[[str], Iterable[Found]] = whole
) -> RedactionRule:
    """Make the rule of a key that is known by something in its midst, the hint."""
    return RedactionRule(what=what, label="secret", hint=hint, pattern=pattern, find=find)


MODELS = (
    secret("Upspiral key", r"ups_[0-9a-f]{6}", r"[A-Za-z0-9_-]{43}"),
    secret("OpenAI, Anthropic, OpenRouter or DeepSeek key", r"sk-[\w-]{20}", r"[\w-]*", match_mixed),
    secret(
        "Groq, xAI, NVIDIA, Replicate or Perplexity key",
        r"(?:gsk_|xai-|nvapi-|r8_|pplx-)[\w-]{20}",
        r"[\w-]*",
        match_mixed,
    ),
    secret("Hugging Face token", r"(?:hf_|api_org_)[A-Za-z0-9]{30}", r"[A-Za-z0-9]*"),
    secret(
        "Fireworks, Cerebras, Together, Voyage or Jina key",
        r"(?:fw_|csk-|tgp_v1_|pa-|jina_)[\w-]{22}",
        r"[\w-]*",
        match_random,
    ),
    secret("Langfuse key", r"[ps]k-lf-[0-9a-f-]{20}", r"[0-9a-f-]*"),
    secret("LangSmith key", r"(?:lsv2_[a-z]{2}_|ls__)[0-9a-f]{16}", r"\w*"),
    secret("Tavily, Exa, Firecrawl or Brave key", r"(?:tvly-|fc-|BSA)[\w-]{20}", r"[\w-]*", match_random),
    secret(
        "Pinecone, Helicone, Braintrust or ElevenLabs key",
        r"(?:pcsk_|sk-helicone-|bt-st-|sk_)[\w-]{24}",
        r"[\w-]*",
        match_random,
    ),
    secret("Weights & Biases key", r"wandb_v1_[\w-]{20}", r"[\w-]*"),
)
CLOUDS = (
    secret(
        "E2B, Modal, Mem0, Nomic, RunPod or Friendli key",
        r"(?:e2b_|a[ks]-|m0-|nk-|rpa_|flp_)[A-Za-z0-9]{20}",
        r"[\w-]*",
        match_random,
    ),
    secret_around(
        "Zhipu or DeepL key",
        r"[0-9a-f](?:\.[A-Za-z0-9]{16}\b|:fx\b)",
        r"\b([0-9a-f]{32}\.[A-Za-z0-9]{16}|[0-9a-f-]{36}:fx)\b",
    ),
    secret("Yandex or Tailscale key", r"(?:AQVN|t1\.9eu|y[0-3]_AgAA|tskey-[a-z]{2,9}-)[\w-]{20}", r"[\w-]*"),
    secret("AWS access key", r"A(?:KIA|SIA|GPA|IDA|ROA|NPA|NVA|BIA|CCA)[A-Z0-9]{16}", r"\b"),
    secret(
        "AWS Bedrock key", r"(?:ABSK[A-Za-z0-9+/]{40}|bedrock-api-key-[A-Za-z0-9+/]{20})", r"[A-Za-z0-9+/=]*"
    ),
    secret("Google key", r"(?:AIza[\w-]{15}|AQ\.Ab8|GOCSPX-|ya29\.|1//0|GOOG1E)[\w-]{20}", r"[\w-]*"),
    secret_around("Azure client secret", r"[78]Q~[\w~.-]{31}", r"([\w~.-]{3}[78]Q~[\w~.-]{31,34})"),
    secret_around("Azure key", r"JQQJ99[A-Z]", r"([A-Za-z0-9]{20,64}JQQJ99[A-Za-z0-9]{10,40})"),
    secret(
        "Alibaba, Tencent or IBM key",
        r"(?:LTAI[A-Za-z0-9]{12}|AKID[A-Za-z0-9]{28}|ApiKey-[0-9a-f-]{30})",
        r"[\w-]*",
    ),
    secret("DigitalOcean token", r"do[opr]_v1_[0-9a-f]{20}", r"[0-9a-f]*"),
    secret("Cloudflare token", r"cf(?:k|ut|at)_[A-Za-z0-9]{30}", r"\w*"),
    secret("Cloudflare origin key", r"v1\.0-[0-9a-f]{24}-[0-9a-f]{40}", r"[0-9a-f]*"),
    secret("Databricks token", r"dapi[0-9a-f]{32}", r"(?:-\d{1,2})?"),
    secret(
        "Heroku, Fly, Render or Railway key",
        r"(?:HRKU-|fm[12][ar]?_|FlyV1 |rnd_)[\w+/-]{20}",
        r"[\w+/=,-]*",
        match_random,
    ),
    secret("Vercel token", r"(?:vc[pkiar]_|vercel_blob_rw_)[A-Za-z0-9]{20}", r"\w*"),
    secret("Supabase key", r"sb(?:p_(?:v\d_)?|_(?:secret|publishable)_)[\w-]{20}", r"[\w-]*"),
    secret("Neon, PlanetScale or Turso key", r"(?:napi_|pscale_(?:tkn|oauth|pw)_)[\w.-]{20}", r"[\w.=-]*"),
    secret("Netlify token", r"nf[cpoub]_[A-Za-z0-9]{30}", r"[A-Za-z0-9]*"),
    secret("Vault or Pulumi token", r"(?:hv[sbr]\.[\w-]{20}|pul-[0-9a-f]{40})", r"[\w-]*"),
    secret_around("Terraform token", r"\.atlasv1\.", r"\b([A-Za-z0-9]{14}\.atlasv1\.[\w-]{20,})"),
    secret(
        "Doppler token",
        r"dp\.(?:pt|ct|st|sa|scim|audit|said)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40}",
        r"[A-Za-z0-9]*",
    ),
    secret(
        "1Password token or key",
        r"(?:ops_eyJ[A-Za-z0-9+/]{30}|A3-[A-Z0-9]{6}-[A-Z0-9]{5,6}-[A-Z0-9]{5}-)",
        r"[A-Za-z0-9+/=-]*",
    ),
    secret("age key", r"AGE-SECRET-KEY-1[A-Z0-9]{30}", r"[A-Z0-9]*"),
)
CODE_HOSTS = (
    secret("GitHub token", r"(?:gh[pousr]_|github_pat_)[A-Za-z0-9_]{22}", r"[A-Za-z0-9_]*"),
    secret(
        "GitLab token",
        r"(?:gl(?:pat|ptt|dt|rtr?|cbt|ft|soat|agent|oas|imt|ffct|wt)-|GR1348941)[\w-]{16}",
        r"[\w.-]*",
    ),
    secret("Bitbucket or Atlassian token", r"(?:AT[AC]TT3|ATBB)[\w-]{20}", r"[\w=-]*"),
    secret("npm or PyPI token", r"(?:npm_|pypi-AgE)[\w-]{20}", r"[\w-]*", match_mixed),
    secret("Docker token", r"dckr_(?:pat|oat)_[\w-]{20}", r"[\w-]*"),
    secret(
        "RubyGems, crates.io, NuGet or Clojars key",
        r"(?:rubygems_[0-9a-f]{20}|cio[A-Za-z0-9]{32}|oy2[a-z0-9]{43}|CLOJARS_[0-9a-f]{30})",
        r"\w*",
        match_random,
    ),
    secret(
        "CircleCI, Buildkite or Snyk token",
        r"(?:CCIP[AR]T_[A-Za-z0-9]{10}|bkua_[0-9a-f]{20}|snyk_[a-z]{3}\.[\w-]{8}\.)",
        r"[\w.-]*",
    ),
    secret("Sonar or Sourcegraph token", r"(?:sq[apu]_|sgp_)[0-9a-f_]{30}", r"[0-9a-f_]*"),
    secret("Postman key", r"PMAK-[0-9a-f]{20}", r"[0-9a-f-]*"),
)
OFFICES = (
    secret(
        "Slack token", r"(?:xox[abeoprsd]|xapp|xoxe\.xox[bp])-[0-9A-Za-z]", r"[A-Za-z0-9-]{9,}", match_mixed
    ),
    RedactionRule(
        what="webhook of Slack, Discord, Teams or Zapier",
        label="secret",
        hint=r"(?:hooks\.slack\.com/|discord(?:app)?\.com/api/webhooks/|webhook\.office\.com/|hooks\.zapier\.com/)",
        pattern=r"(?:hooks\.slack\.com/(?:services|workflows|triggers)/|discord(?:app)?\.com/api/webhooks/\d+/"
        r"|webhook\.office\.com/webhookb2/|hooks\.zapier\.com/hooks/catch/)([\w/@.-]{16,})",
    ),
    secret_around(
        "Discord bot token",
        r"\w\.[\w-]{6}\.[\w-]{27}",
        r"\b([MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,40})",
        match_random,
    ),
    secret_around("Telegram bot token", r"\d:AA[\w-]{30}", r"(\d{8,10}:AA[\w-]{30,35})"),
    secret("Notion token", r"(?:ntn_[A-Za-z0-9]{30}|secret_[A-Za-z0-9]{43})", r"[A-Za-z0-9]*"),
    secret("Linear key", r"lin_(?:api|oauth|wh)_[A-Za-z0-9]{24}", r"[A-Za-z0-9]*"),
    secret("Airtable token", r"pat[A-Za-z0-9]{14}\.[0-9a-f]{20}", r"[0-9a-f]*"),
    secret("Figma token", r"fig(?:d|o|dr|u|uh|or)_[\w-]{30}", r"[\w-]*"),
    secret(
        "Asana or HubSpot token",
        r"(?:[12]/\d{13,19}(?:/\d{13,19})?:[0-9a-f]{32}|pat-(?:na|eu)\d-[0-9a-f]{8}-)",
        r"[0-9a-f-]*",
    ),
    secret("Dropbox token", r"sl\.[\w-]{60}", r"[\w-]*", match_random),
    secret("Facebook token", r"EAA[A-Z][A-Za-z0-9]{40}", r"[A-Za-z0-9]*"),
    secret("Okta or Typeform token", r"(?:SSWS |tfp_)[\w-]{30}", r"[\w-]*", match_random),
)
SHOPS_AND_MAIL = (
    secret("Stripe key", r"(?:(?:sk|rk|pk)_(?:live|test|prod)_|whsec_)[A-Za-z0-9]{16}", r"[A-Za-z0-9+/=]*"),
    secret("Shopify token", r"shp(?:at|ss|ca|pa|ua|tka|rt)_[0-9a-fA-F]{24}", r"[0-9a-fA-F]*"),
    secret("Square token", r"(?:sq0[a-z]{3}-[\w-]{20}|EAAA[A-Za-z][\w-]{55})", r"[\w-]*"),
    secret("PayPal or Braintree token", r"access_token\$(?:production|sandbox)\$\w{16}", r"[\w$]*"),
    secret(
        "Adyen, Flutterwave, Razorpay or Plaid key",
        r"(?:AQE[\w-]{40}|FLWSECK(?:_TEST)?-\w{16}|rzp_(?:live|test)_\w{14}|access-(?:sandbox|development|production)-[0-9a-f-]{20})",
        r"[\w-]*",
    ),
    secret(
        "SendGrid, Brevo, Resend or Mailchimp key",
        r"(?:SG\.[\w-]{20}|xkeysib-[0-9a-f]{40}|xsmtpsib-[0-9a-f]{40}|re_[A-Za-z0-9]{8}_[A-Za-z0-9]{20})",
        r"[\w.-]*",
    ),
    secret_around("Mailchimp key", r"[0-9a-f]-us\d", r"\b([0-9a-f]{32}-us\d{1,2})\b"),
    secret("Mailgun key", r"key-[0-9a-f]{32}", r"\b"),
    secret_around(
        "Mailgun key in three parts",
        r"[0-9a-f]-[0-9a-f]{8}-[0-9a-f]{8}\b",
        r"\b([0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8})\b",
    ),
    secret("Twilio key", r"SK[0-9a-f]{32}", r"\b"),
    secret("Mapbox secret token", r"[sp]k\.eyJ[\w-]{20}", r"[\w.-]*"),
)
MONITORS = (
    secret("Grafana token", r"(?:glsa_|glc_eyJ|eyJrIjoi)[\w+/-]{20}", r"[\w+/=-]*"),
    secret("New Relic key", r"NR(?:AK|II|RA|JS|SP)-[\w-]{19}", r"[\w-]*"),
    secret("Sentry token", r"sntry[su]_[\w+/-]{20}", r"[\w+/=-]*"),
    secret("Dynatrace token", r"dt0[a-z]\d\d\.[A-Z0-9]{20}", r"[A-Z0-9.]*"),
    secret(
        "Datadog, PostHog, Honeycomb or LaunchDarkly key",
        r"(?:dd(?:api|app)_|ph[cx]_|hc[abx]ik_|(?:sdk|mob|api)-[0-9a-f]{8}-[0-9a-f]{4}-)[\w-]{12}",
        r"[\w-]*",
        match_random,
    ),
    secret("Contentful, Prefect or Airbyte key", r"(?:CFPAT-|pn[ub]_)[\w-]{30}", r"[\w-]*"),
)
OTHERS = (
    secret("JSON web token", r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*\.", r"[A-Za-z0-9_.-]{8,}"),
    secret_around(
        "any key with sk, pk, pat, live, key, secret or token among its first letters",
        r"(?:sk|pk|rk|pat|oat|tkn|live|apikey|key|secret|token)[_-](?:[A-Za-z0-9]{1,8}[_-]){0,2}[A-Za-z0-9]{20}",
        r"\b((?:[A-Za-z0-9]{1,12}[_-]){0,3}(?:sk|pk|rk|pat|oat|tkn|live|[a-z]{0,8}key|[a-z]{0,8}secret|[a-z]{0,8}token)[_-]"
        r"(?:[A-Za-z0-9]{1,8}[_-]){0,2}[A-Za-z0-9]{20}[\w-]*)",
        match_random,
    ),
    secret_around(
        "any key with test, prod, dev or api among its first letters, and capitals among small ones",
        r"(?:test|prod|dev|api)[_-](?:[A-Za-z0-9]{1,8}[_-]){0,2}[A-Za-z0-9]{20}",
        r"\b((?:[A-Za-z0-9]{1,12}[_-]){0,3}(?:test|prod|dev|api)[_-]"
        r"(?:[A-Za-z0-9]{1,8}[_-]){0,2}[A-Za-z0-9]{20}[\w-]*)",
        match_random_case,
    ),
)
SERVICE_KEYS = (*MODELS, *CLOUDS, *CODE_HOSTS, *OFFICES, *SHOPS_AND_MAIL, *MONITORS, *OTHERS)
