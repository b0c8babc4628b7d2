"""The words with which a text speaks of itself, in several languages: data for ``identity``.

Frames are regular expressions in which ``{name}`` stands for a known name. They match in any case but for the name.
"""

# One of each is in every text that names a maker of whom no table knows.
SPEAKS_AS_AI = (
    "as an a", "i am a", "i'm a", "i’m a", "i was", "being a", "as a ", "ich bin", "als ", "je suis", "en tant", "soy ",
    "como ", "sono ", "sou ",
)  # fmt: skip
BRINGS_A_STRANGER = (
    "ed by", "de by", "built by", "named ", "called ", "known as ", " von ", " par ", " por ", " da ",
)  # fmt: skip

_AI = r"(?:A\.?I\.?|artificial intelligence|(?:virtual |digital )?assistant|chat ?bot|bot|language model|LLM|model)"
_AI_DE = r"(?:\w*KI\b|\w*Sprachmodell\w*|\w*[Aa]ssisten\w+|Chat-?[Bb]ot\w*|\w*Modell\w*|künstliche Intelligenz)"
_AI_ROMANCE = (
    r"(?:\b[AI]{{2}}\b|modèle|modelo|modello|asistente|assistente|assistant|chatbot|intelligence artificielle|"
    r"inteligencia artificial)"
)
_MADE = (
    r"(?:developed|created|made|trained|built|designed|provided|powered|programmed|engineered|fine-?tuned|released|"
    r"launched)(?: and \w+|, \w+,? and \w+)?"
)
_MADE_ROMANCE = (
    r"(?:développée?|créée?|entraînée?|conçue?|desarrollad[oa]|cread[oa]|entrenad[oa]|diseñad[oa]|sviluppat[oa]|"
    r"creat[oa]|addestrat[oa]|desenvolvid[oa]|criad[oa]|treinad[oa])"
)
_BY = (
    r"(?:by|at|from) (?:the |an? )?(?:(?:company|(?:team|group) of (?:\w+ )?\w+|team|researchers?|engineers?|people|"
    r"folks|scientists)(?: (?:at|from|of|called))? )?(?:the )?"
)
_I_AM = r"(?:I am|I[’']m)"
_AS = rf"(?:{_I_AM}|I was|I have been|I[’']ve been|as an?|as the|being an?)"
_ALS = r"(?:ich bin|ich wurde|als)"
_COMME = r"(?:je suis|j[’']ai été|en tant qu[e’'] ?|soy|fui|he sido|como|sono|sou|fui|io sono|in quanto)"
# Nothing in between that makes the sentence one about somebody else.
_GAP = r"(?:(?!\b(?:that|sure|aware|familiar|about|asked|using|not|compared|who)\b)[^.!?\n]){{0,100}}?"
_GAP_DE = r"(?:(?!\b(?:dass|und|aber|weil|wurde)\b)[^.!?\n]){{0,90}}?"
_MADE_DE = r"(?:entwickelt|trainiert|erstellt|geschaffen|programmiert|gebaut|bereitgestellt)"

INTRODUCTIONS = (
    # English
    rf"\b(?:{_I_AM}|I was named|my name is|my name[’']s|you can call me|you(?: a|[’'])re (?:chatting|talking|speaking) "
    r"(?:with|to)) (?:called |named |known as |really |actually |just |simply |only )?(?:the )?{name}",
    rf"\b{_I_AM} (?:an? )?[^.!?\n]{{{{0,50}}}}?\b(?:named|called|known as) {{name}}",
    r"(?:^|(?<=[.!?\n]))\s*(?:(?:Hi|Hello|Hey)\b[^.!?\n]{{0,20}}[,!.] )?{name} here\b",
    r"\b(?:as|being) (?:an? )?{name}(?: (?:model|assistant|chatbot|language model))?, (?:I\b|my\b)",
    rf"\b(?:{_I_AM}|as) an? (?:(?:version|instance|variant|member|part) of )?(?:the )?"
    r"{name} (?:family|series|AI|assistant|chatbot|language|large|model)\b",
    # German
    r"\b(?:ich bin|ich heiße|mein name ist|man nennt mich|(?:du sprichst|sie sprechen) (?:gerade )?mit) "
    r"(?:der |die |das )?{name}",
    r"\bals (?:ein(?:e|er|em|en)? )?{name}(?:-(?:Modell|Assistent))?,? (?:kann|bin|habe|darf|möchte|werde) ich\b",
    # French, Spanish, Italian, Portuguese
    r"(?:\bje suis|\bje m[’']appelle|\bmon nom est|\ben tant que) {name}",
    r"(?:\bsoy|\bme llamo|\bmi nombre es) {name}",
    r"(?:\bmi chiamo|\bio sono|\bil mio nome è) {name}",
    r"(?:\beu sou(?: o| a)?|\bme chamo|\bmeu nome é) {name}",
    # Chinese, Japanese
    r"(?:我是|我叫|我的名字是) ?{name}",
    r"(?:私は|わたしは) ?{name}(?=です|と)",
)

MAKERS = (
    rf"\b{_AS} {_GAP}{_MADE} {_BY}{{name}}",
    rf"\b(?:{_I_AM}|as) an? {_GAP}\b{_AI} (?:by|from|of) {{name}}",
    r"\bmy (?:creators?|developers?|makers?|company|team|trainers?|parent company)(?:,| is| are| at| from)* (?:the )?"
    r"{name}",
    r"\b{name}(?:, who|, which|,)? (?:created|developed|made|trained|built|designed|programmed) me\b",
    r"\b{name}[’']s? (?:content|usage|use[- ]case|safety) (?:and \w+ )?(?:polic|guideline|terms)",
    rf"\b{_ALS} {_GAP_DE}\bvon {{name}}(?= {_MADE_DE}\w*\b)",
    rf"\b{_ALS} {_GAP_DE}{_AI_DE} (?:von|aus dem Hause) {{name}}",
    r"\bmeine? (?:entwickler(?:in)?|schöpfer|hersteller)(?: ist| sind| bei| von)* {name}",
    rf"\b{_COMME} {_GAP}{_MADE_ROMANCE} (?:par|por|da|pela|pelo) {{name}}",
    r"由 ?{name} ?(?:公司)?(?:开发|训练|研发|创造|推出|打造)",
)

# The same where the maker is in no table: a word with a capital, and the text must call itself an AI.
_STRANGER = r"(?P<name>[A-Z][\w&.’'-]*\w(?:(?: and | of |, |,? and | )[A-Z][\w&.’'-]*\w)*)"
STRANGERS = tuple(
    frame.replace("{{", "{").replace("}}", "}")
    for frame in (
        rf"\b(?i:{_AS}) {_GAP}\b(?i:{_AI})\b{_GAP}\b(?i:{_MADE}) (?i:{_BY}){_STRANGER}",
        rf"\b(?i:{_I_AM}) an? {_GAP}\b(?i:{_AI}) (?i:named|called|known as) {_STRANGER}",
        rf"\b(?i:{_ALS}) {_GAP_DE}{_AI_DE}{_GAP_DE}\bvon {_STRANGER}(?= {_MADE_DE})",
        rf"\b(?i:{_ALS}) {_GAP_DE}\bvon {_STRANGER}(?= {_MADE_DE}\w+ {_AI_DE})",
        rf"\b(?i:{_COMME}) {_GAP}(?i:{_AI_ROMANCE}){_GAP}\b{_MADE_ROMANCE} (?:par|por|da) {_STRANGER}",
    )
)
