# ruff: noqa: RUF001
"""What are passwords and keys called? In many languages, as programs and as prose write them."""

BLANK = "[\\s\u00a0\u2002-\u200b\u202f\u3000]"
"""One blank of any width, for `re` and RE2."""
OWN_SCRIPT = "密码|密碼|口令|パスワード|暗証番号|비밀번호|패스워드|암호|รหัสผ่าน"
"""Passwords in scripts that put no blank between words."""
PASSWORDS_ABROAD = (
    r"passwor[td]|passwört|kennwort|passord|wachtwoord|wagwoord|l(?:ö|oe?)senord|adgangskode|kodeord|lykilorð"
    r"|mot[ _-]?de[ _-]?passe|contrase(?:ñ|n"
    "\u0303"
    r"|n)a|contrasenya|contrasinal|senha|palavra[ _-]?(?:passe|chave)"
    r"|parol[aăeo]|parool|salasana|salasõna|has[łl]o|heslo|geslo|lozink[au]|zaporka|jelsz[óo]|jelszav|slaptažod"
    r"|[şs]ifr(?:e|ə)|pasahitza|pasvorto|nenosiri|kata[ _-]?(?:sandi|laluan)|mật[ _-]?khẩu|mat[ _-]khau"
    r"|парол[ьяюеа]|лозинка|κωδικ(?:ός|ο|ού)(?: πρόσβασης)?|συνθηματικό|סיסמ[הא]|كلمة (?:ال)?(?:مرور|سر)"
    r"|رمز عبور|گذرواژه|پاس ورڈ|पासवर्ड|পাসওয়ার্ড|கடவுச்சொல்"
)
"""Words for a password that may carry an ending."""
KEYS_ABROAD = (
    r"(?:cl[ée]|clave|chave|chiave|klucz|ключ)(?: de| dell['’]| d['’])?[ _-]?api"
    r"|api[ _-]?(?:schl(?:ü|ue)ssel|sleutel|nyckel|nøgle|avain|kulcs|klíč|anahtarı|ключ|密钥|密鑰|キー|키)"
)
KEYS = (
    r"secret|secret[ _-]?key|secret[ _-]?access[ _-]?key|api[ _-]?key|private[ _-]?key|access[ _-]?key"
    r"|(?:access|auth|refresh|id|api|bearer|session|bot|deploy|personal[ _-]?access)[ _-]?token"
)
ENDING = "[a-zß-ɏа-яёά-ώ]{0,4}"
NAMES = (
    rf"(?:passwords?|passwd|passcode|pass[ _-]?phrase|pwd|(?:{PASSWORDS_ABROAD}){ENDING}|{OWN_SCRIPT}"
    rf"|{KEYS_ABROAD}|{KEYS})"
)
"""Whatever stands behind them is a secret, unless it is a placeholder or code."""
SHORT_PASSWORDS = r"(?:(?:\b|_)(?:pass|pw|psw|mdp|passw|pswd|clave)|(?-i:[a-z](?:Pass|Pw|Pwd)))"
"""Words that mean a password only before something that looks like one."""
LOOSE_KEYS = (
    r"(?:(?:\b|_)(?:token|jwt|credentials?|auth)|(?-i:[a-z](?:Token|Credential))"
    r"|(?:account|signing|encryption|master|service|storage|subscription|functions|shared|admin|role|anon"
    r"|licen[sc]e|webhook|host|app|application|client|consumer|root)[ _-]?key|signature)"
)
"""Words that mean a key only before something that looks drawn at random."""
FOR_WHOM = (
    rf"(?:{BLANK}(?:for|of|to|für|von|zum|zur|pour|du|de|del|para|do|da|per|di|voor|för|til|для|от)"
    rf"{BLANK}[^\s:=：＝]{{1,40}})?"
)
IS = (
    r"(?:is|was|will be|should be|set to|changed to|reset to|now|ist|lautet|wäre|est|es|era|é|è|jest"
    r"|to|är|er|on|je"
    r"|is now|este|là|adalah|olan|это|हैं?|ہے|είναι|هي|هو|היא|הוא)"
)
"""What stands between a password's name and the password in a sentence."""
IS_ATTACHED = "(?:是|为|為|は|が|는|은|가)"
QUOTES = "\"'\\\\`*“”„«»「」『』‘’"
QUOTE = f"[{QUOTES}]{{0,4}}"
BEFORE_VALUE = f"[{QUOTES}\\s\u00a0\u2002-\u200b\u202f\u3000]{{0,6}}"
