"""The words with which a text speaks of itself, or to whom it asks, in several languages: data for ``identity``.

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

_AI = (
    r"(?:A\.?I\.?(?: system| product)?|artificial intelligence|(?:virtual |digital )?assistant|chat ?bot|bot|"
    r"language model|LLM|model)"
)
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
    r"(?:in (?-i:[A-Z]\w+) )?(?:by|at|from) (?:the |an? )?(?:(?:company|(?:team|group) of (?:\w+ )?\w+|team|"
    r"researchers?|engineers?|people|folks|scientists)(?: (?:at|from|of|called))? )?(?:the )?"
)
_I_AM = r"(?:I am|I[’']m)"
_AS = rf"(?:{_I_AM}|I was|I have been|I[’']ve been|as an?|as the|being an?)"
_LINE = r"(?:^|(?<=[.!?\n]))\s{{0,9}}"  # where a sentence or a line begins
_MARKS = r"[\s>#*_\[(]{{0,9}}"  # of headings, quotations and bold type
_ENDS = r"(?=\W*(?:$|[.,!?:;\n–—-]))"
_ALS = r"(?:ich bin|ich wurde|als)"
_COMME = r"(?:je suis|j[’']ai été|en tant qu[e’'] ?|soy|fui|he sido|como|sono|sou|fui|io sono|in quanto)"
# Nothing in between that makes the sentence one about somebody else.
_GAP = r"(?:(?!\b(?:that|sure|aware|familiar|about|asked|using|not|compared|who)\b)[^.!?\n]){{0,100}}?"
_GAP_DE = r"(?:(?!\b(?:dass|und|aber|weil|wurde)\b)[^.!?\n]){{0,90}}?"
_MADE_DE = r"(?:entwickelt|trainiert|erstellt|geschaffen|programmiert|gebaut|bereitgestellt)"

INTRODUCTIONS = (
    # English
    rf"\b(?:{_I_AM}|I was named|my name is|my name[’']s|(?:you can |people |users |they |please )?call me|I go by"
    rf"(?: the name)?(?: of)?|you(?: a|[’'])re (?:chatting|talking|speaking) (?:with|to)|you(?: ha|[’'])ve reached) "
    r"(?:called |named |known as |really |actually |just |simply |only )?(?:the )?{name}",
    rf"\b{_I_AM} (?:an? )?[^.!?\n]{{{{0,50}}}}?\b(?:named|called|known as) {{name}}",
    r"(?:^|(?<=[.!?\n]))\s{{0,9}}(?:(?:Hi|Hello|Hey)\b[^.!?\n]{{0,20}}[,!.] )?{name} here\b",
    r"\b(?:as|being) (?:an? )?{name}(?: (?:model|assistant|chatbot|language model))?, (?:I\b|my\b)",
    r"\bspeaking as (?:an? )?{name}\b",
    r"\bI, {name},",
    rf"\b(?:{_I_AM}|as|being) an? (?:(?:version|instance|variant|member|part) of )?(?:the )?"
    r"{name} (?:family|series|AI|assistant|chatbot|language|large|model|LLM|bot|product|system)\b",
    rf"\b(?:I belong to|{_I_AM} (?:one|part) of) (?:the )?{{name}}(?=[^.!?\n]{{{{0,40}}}}\b"
    r"(?:models?|assistants?|AIs?|chatbots?|systems?|family|series)\b)",
    rf"\b(?:{_I_AM} (?:currently )?(?:based|built|running|powered|hosted)|I run) (?:on|by|with|from|atop|upon) "
    r"(?:top of )?(?:the |an? )?{name}",
    r"\bI use {name} (?:under the hood|as my|to (?:answer|reply|respond|generate))\b",
    r"\bmy (?:underlying|base|foundation|language|own) (?:language )?model is (?:called )?(?:the )?{name}",
    r"\A\s*(?:(?:hi|hello|hey)\b[^.!?\n]{{0,20}}[,!.] )?(?:this is|here is) {name}" + _ENDS,
    r"\bthis is {name} speaking\b",
    r"\A\s*(?:welcome to|thank(?:s| you) for (?:using|choosing|trying|contacting|chatting with|talking to)) {name}"
    + _ENDS,
    rf"{_LINE}{{name}} (?:is|would be|will be) (?:always |very |so |only too )?(?:happy|glad|here|ready|pleased|"
    r"delighted|eager|unable|not able) to (?:help|assist|answer|chat|talk|serve|provide|continue|support)\b",
    r"\b(?:(?:this|my|the above|the following)(?: \w+)? (?:was|is|has been|were)|I was) (?:\w+ )?(?:generated|written|"
    r"produced|composed|authored|answered) (?:by|with|using) (?:the )?{name}",
    # Labels, headings and signatures
    rf"\A{_MARKS}(?:(?:the )?(?:assistant|AI|answer|response|reply|model|bot|author)\b[\s*_]*[(\[:–—-]+ *)?{{name}}"
    r"(?:[)\]*_\s]*:[*_\s]*(?=(?-i:[^\Wa-z_])|\d)|[)\]*_\s]*\n)",
    rf"(?:^|\n)[#*_]{_MARKS}(?:response|answer|reply|output|text|written|generated)(?: from| by| of|:) "
    r"(?:the )?{name}",
    rf"(?:^|\n)[#*_]{_MARKS}{{name}}[’']s? (?:answer|response|reply|take|view|output)\b",
    r"\n[ \t>*_(~–—-]{{0,9}}(?:(?:written|generated|answered|powered|provided|produced|brought to you) (?:by|with)|"
    r"your (?:\w+ )?(?:assistant|AI|chatbot|bot|friend),?) (?:the )?{name}[^\n]{{0,30}}\s{{0,9}}\Z",
    r"\b(?:regards|sincerely|yours|truly|best|wishes|cheers|greetings|"
    r"gr(?:ü|ue)(?:ß|ss)en?|cordialement|saludos)[,!.]? {{0,3}}\n\s{{0,9}}"
    r"{name}(?=[^\n\w]*(?:\n|\Z))",
    r"(?:\A|\n)(?![ \t]*(?:[-*•+–—~|]|\d))[^\n]+\n\s{{0,9}}[>*_(]{{0,3}}[~–—-]{{1,3}} ?{name}"
    r"(?=[^\w\n]{{0,9}}(?:\([^)\n]{{0,40}}\))?\W{{0,9}}\Z)",
    # German
    r"\b(?:ich bin|ich heiße|mein name ist|man nennt mich|(?:du sprichst|sie sprechen) (?:gerade )?mit|"
    r"hier (?:ist|spricht|schreibt)|nenn(?:en sie)? mich) (?:der |die |das )?{name}",
    r"\b(?:ich (?:basiere|beruhe|laufe) auf|ich gehöre zu(?:r| den)?) (?:der |dem )?{name}",
    r"\bals (?:ein(?:e|er|em|en)? )?{name}(?:-(?:Modell|Assistent))?(?:, [^,.!?\n]{{0,40}},| \([^)\n]*\)|,)? \w+ ich\b",
    # French, Spanish, Italian, Portuguese
    r"(?:\bje suis|\bje m[’']appelle|\bmon nom est|\ben tant que|\bmoi,? c[’']est|\bappelez-moi|\bm[’']appeler|"
    r"\bje (?:suis basée?|fonctionne) (?:sur|avec)|\A\s*ici) {name}",
    r"(?:\bsoy|\bme llamo|\bmi nombre es|\bllamarme|\b(?:estoy basad[oa]|me baso) en|\bfunciono con) {name}",
    r"(?:\bmi chiamo|\bio sono|\bil mio nome è|\bchiamarmi|\b(?:sono basat[oa]|mi baso) su) {name}",
    r"(?:\beu sou(?: o| a)?|\bme chamo|\bmeu nome é|\bme chamar de|\bsou basead[oa] (?:em|no|na)) {name}",
    # Chinese, Japanese
    r"(?:我是|我叫|我的名字(?:是|叫)|叫我|我(?:是)?基于|我的(?:底层)?模型是) ?{name}",
    r"(?:私は|わたしは|僕は) ?{name}(?=です|と|、)",
)

MAKERS = (
    rf"\b{_AS} {_GAP}{_MADE} {_BY}{{name}}",
    rf"\b(?:{_I_AM}|as) an? {_GAP}\b{_AI} (?:by|from|of) {{name}}",
    r"\bmy (?:creators?|developers?|makers?|trainers?|parent company)(?:,| is| are| at| from)* (?:the )?{name}",
    r"\bmy (?:training|development|fine-?tuning) (?:was|is) \w+ (?:out )?(?:by|at) {name}",
    r"\b(?:behind me|(?:created|developed|made|trained|built|designed|programmed) me)(?:,| is| are| at| from)+ "
    r"(?:the )?{name}",
    r"\b{name}(?:,? who|,? which|,)? (?:created|developed|made|trained|built|designed|programmed) me\b",
    r"\b{name}[’']s? (?:content|usage|use[- ]case|safety) (?:and \w+ )?(?:polic|guideline|terms)",
    rf"\b{_ALS} {_GAP_DE}\b(?:von|bei) {{name}}(?= {_MADE_DE}\w*\b)",
    rf"\b{_MADE_DE} (?:wurde|worden bin) ich (?:\w+ )?(?:von|bei) {{name}}",
    rf"\b{_ALS} {_GAP_DE}{_AI_DE} (?:von|aus dem Hause) {{name}}",
    r"\bmeine? (?:entwickler(?:in)?|schöpfer|hersteller)(?: ist| sind| bei| von)* {name}",
    rf"\b{_COMME} {_GAP}{_MADE_ROMANCE} (?:par|por|da|pela|pelo|chez|en) {{name}}",
    rf"\b{_COMME} {_GAP}{_AI_ROMANCE} (?:de |d[’']|di |da |do |del )(?:la )?{{name}}",
    r"(?:我|作为)[^。！？\n]{{0,40}}?由 ?{name} ?(?:公司)?(?:开发|训练|研发|创造|推出|打造)",
    r"(?:我是|作为)[^。！？，\n]{{0,8}}?{name} ?(?:公司)?(?:开发|训练|研发|创造|推出|打造|的)"
    r"[^。！？，\n]{{0,12}}(?:模型|助手|机器人|AI)",
    r"私は[^。\n]{{0,30}}?{name} ?(?:によって|が|社が)(?:開発|訓練|学習|作成)",
)

# The same in the second person: how who asks may say whom they ask.
_YOU_ARE = r"(?<!if )(?<!that )(?<!whether )(?<!pretend )(?<!imagine )(?<!suppose )\b(?:you are|you[’']re)"
ADDRESSES = (
    rf"(?:{_YOU_ARE}|\byour name is|\byou were named) (?:called |named |known as )?(?:the )?{{name}}(?! *\?)",
    rf"{_YOU_ARE} (?:an? )?[^.!?\n]{{{{0,50}}}}?\b(?:named|called|known as) {{name}}",
    rf"(?:{_YOU_ARE}|\byou (?:were|have been)) {_GAP}{_MADE} {_BY}{{name}}",
    rf"{_YOU_ARE} an? {_GAP}\b{_AI} (?:by|from|of) {{name}}",
    r"\A\s*(?:hi|hello|hey|ok|okay|good (?:morning|afternoon|evening)),? {name}(?=\s*[,.!?\n])",
    r"\bas {name}, (?:you|your|what do you|how do you)\b",
    r"\b(?:du bist|du heißt|dein name ist|sie sind|ihr name ist) (?:der |die |das )?{name}(?! *\?)",
    rf"\b(?:du bist|du wurdest|sie sind|sie wurden) {_GAP_DE}von {{name}}(?= {_MADE_DE})",
    r"\b(?:tu es|tu t[’']appelles|ton nom est|vous êtes) {name}(?! *\?)",
    r"(?<!¿)\b(?:eres|te llamas|tu nombre es) {name}(?! *\?)",
    r"(?:你是|你叫|你的名字是) ?{name}(?! *[吗?？])",
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
