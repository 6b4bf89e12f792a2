"""`{% load i18n %}`: the tags of translation, which give the source text through.

Step 7. Templates written for more languages than one load and render, in the language that
they are written in. Django's documentation, "Translation: internationalization in template
code"; in Django: django.templatetags.i18n.
"""

import re
from contextvars import ContextVar
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from templating import configuration
from templating.compiler import Touch
from templating.errors import TemplateSyntaxError
from templating.expressions import FilterExpression
from templating.lexer import Token, TokenType
from templating.library import Library
from templating.nodes import Node, NodeList
from templating.runtime import render_value_in_context
from templating.safe import SafeString
from templating.suggest import did_you_mean
from templating.templatetags.tz import SettingNode, as_variable
from templating.words import token_kwargs

if TYPE_CHECKING:
    from templating.context import Context
    from templating.parser import Parser

register = Library()

# -- translate -------------------------------------------------------------------------------


class TranslateNode(Node):
    child_nodelists = ()

    def __init__(self, text: FilterExpression, noop: bool, target: str | None) -> None:
        self.text = text
        self.noop = noop
        self.target = target
        self.touches = Touch.READS if target is None else Touch.WRITES

    def render(self, context: "Context") -> str:
        text = render_value_in_context(self.text.resolve(context), context)
        if self.noop:  # as the tools that collect texts for translators write a percent sign
            text = text.replace("%%", "%")
        if self.target is None:
            return text
        # It has been escaped by now; without autoescape it is nobody's word that it is safe.
        context[self.target] = SafeString(text) if context.autoescape else text
        return ""


@register.tag("translate")
@register.tag("trans")
def do_translate(parser: "Parser", token: "Token") -> TranslateNode:
    """`{% translate "text" noop context "of a month" as variable %}`"""
    tag, *words = token.split_contents()
    if not words:
        raise TemplateSyntaxError(f"{tag!r} takes at least one argument, the text.")
    text = parser.compile_filter(words.pop(0))
    options = _options(parser, tag, words, ("noop", "context", "as"))
    return TranslateNode(text, "noop" in options, options.get("as"))


def _options(
    parser: "Parser", tag: str, words: list[str], known: tuple[str, ...]
) -> dict[str, Any]:
    """The options of a tag, in any order, each once, with what stands behind it."""
    options: dict[str, Any] = {}
    while words:
        option = words.pop(0)
        if option not in known:
            raise TemplateSyntaxError(
                f"Unknown argument for {tag!r}: {option!r}.{did_you_mean(option, known)}"
                f" There are {', '.join(known)}."
            )
        if option in options:
            raise TemplateSyntaxError(f"{tag!r} has the option {option!r} twice.")
        if option in ("noop", "trimmed"):
            options[option] = True
        elif option in ("with", "count"):
            options[option] = token_kwargs(words, parser, support_legacy=True)
            if not options[option] or (option == "count" and len(options[option]) > 1):
                wanted = "one name=value" if option == "count" else "at least one name=value"
                raise TemplateSyntaxError(f"{option!r} of {tag!r} wants {wanted}.")
        elif not words or words[0] in ("as", "noop"):
            raise TemplateSyntaxError(f"{option!r} of {tag!r} wants an argument.")
        else:
            word = words.pop(0)
            options[option] = parser.compile_filter(word) if option == "context" else word
    return options


# -- blocktranslate --------------------------------------------------------------------------


class BlockTranslateNode(Node):
    """Text with simple variables in it, in one form or, by a number, in two."""

    child_nodelists = ()

    def __init__(self, tag: str, options: dict[str, Any], forms: "list[list[Token]]") -> None:
        self.tag = tag
        self.values: dict[str, FilterExpression] = options.get("with", {})
        self.count: dict[str, FilterExpression] = options.get("count", {})
        self.target: str | None = options.get("asvar")
        self.forms = [_pieces(tokens, "trimmed" in options) for tokens in forms]
        self.touches = Touch.READS if self.target is None else Touch.WRITES

    def render(self, context: "Context") -> str:
        form = self.forms[0]
        # Both are read from the outer scope, the number after the values.
        with context.push({name: value.resolve(context) for name, value in self.values.items()}):
            for name, value in self.count.items():
                number = value.resolve(context)
                if not isinstance(number, (int, float, Decimal)):
                    raise TemplateSyntaxError(
                        f"{name!r} of {self.tag!r} must be a number, not {number!r}."
                    )
                context[name] = number
                form = self.forms[0 if number == 1 else 1]
            text = "".join(_value(context, piece) if is_name else piece for is_name, piece in form)
        if self.target is None:
            return text
        context[self.target] = SafeString(text)
        return ""


# Only from where white space begins: to try each of many spaces takes their square.
LINE_BREAK = re.compile(r"(?<!\s)\s*\n\s*")


def _pieces(tokens: "list[Token]", trimmed: bool) -> list[tuple[bool, str]]:
    """(is it a variable's name, text), with the white space of a text in lines made one space."""
    pieces = [(token.token_type is TokenType.VAR, token.contents) for token in tokens]
    if trimmed:
        pieces = [(var, text if var else re.sub(LINE_BREAK, " ", text)) for var, text in pieces]
        if pieces and not pieces[0][0]:
            pieces[0] = (False, pieces[0][1].lstrip())
        if pieces and not pieces[-1][0]:
            pieces[-1] = (False, pieces[-1][1].rstrip())
    return pieces


def _value(context: "Context", name: str) -> str:
    """Names only: what is dotted or has filters wants `with`, and counts as missing."""
    missing = context.template.engine.string_if_invalid if context.template else ""
    value = context.get(name, missing % name if "%s" in missing else missing)
    return render_value_in_context(value, context)


@register.tag("blocktranslate")
@register.tag("blocktrans")
def do_block_translate(parser: "Parser", token: "Token") -> BlockTranslateNode:
    """`{% blocktranslate count n=list|length with a=b %}one{% plural %}many{% end... %}`, and
    the options `trimmed`, `asvar name` and `context "of what"`."""
    tag, *words = token.split_contents()
    options = _options(parser, tag, words, ("with", "count", "context", "trimmed", "asvar"))
    endings = [f"end{tag}"] if "count" not in options else ["plural", f"end{tag}"]
    return BlockTranslateNode(tag, options, [_text_until(parser, tag, end) for end in endings])


def _text_until(parser: "Parser", tag: str, ending: str) -> "list[Token]":
    """Text and variables up to the tag `ending`: no other tag may stand there."""
    tokens: list[Token] = []
    while parser.tokens:
        token = parser.next_token()
        if token.token_type in (TokenType.TEXT, TokenType.VAR):
            tokens.append(token)
        elif token.token_type is TokenType.BLOCK and token.contents.strip() == ending:
            return tokens
        else:
            raise TemplateSyntaxError(
                f"{tag!r} takes text and variables up to {{% {ending} %}}, and no other tag inside:"
                f" found {token.contents!r}."
            )
    parser.unclosed_block_tag((ending,))
    return tokens


# -- languages -------------------------------------------------------------------------------

# code: (English name, its own name)
LANGUAGES = {
    "ar": ("Arabic", "العربيّة"),
    "bg": ("Bulgarian", "български"),
    "cs": ("Czech", "česky"),
    "da": ("Danish", "dansk"),
    "de": ("German", "Deutsch"),
    "el": ("Greek", "Ελληνικά"),
    "en": ("English", "English"),
    "es": ("Spanish", "español"),
    "et": ("Estonian", "eesti"),
    "fa": ("Persian", "فارسی"),
    "fi": ("Finnish", "suomi"),
    "fr": ("French", "français"),
    "he": ("Hebrew", "עברית"),
    "hi": ("Hindi", "हिंदी"),
    "hr": ("Croatian", "Hrvatski"),
    "hu": ("Hungarian", "Magyar"),
    "id": ("Indonesian", "Bahasa Indonesia"),
    "it": ("Italian", "italiano"),
    "ja": ("Japanese", "日本語"),
    "ko": ("Korean", "한국어"),
    "lt": ("Lithuanian", "Lietuviškai"),
    "lv": ("Latvian", "latviešu"),
    "nl": ("Dutch", "Nederlands"),
    "nb": ("Norwegian Bokmal", "norsk (bokmål)"),
    "pl": ("Polish", "polski"),
    "pt": ("Portuguese", "Português"),
    "pt-br": ("Brazilian Portuguese", "Português Brasileiro"),
    "ro": ("Romanian", "Română"),
    "ru": ("Russian", "Русский"),
    "sk": ("Slovak", "slovensky"),
    "sl": ("Slovenian", "Slovenščina"),
    "sr": ("Serbian", "српски"),
    "sv": ("Swedish", "svenska"),
    "th": ("Thai", "ภาษาไทย"),
    "tr": ("Turkish", "Türkçe"),
    "uk": ("Ukrainian", "Українська"),
    "ur": ("Urdu", "اردو"),
    "vi": ("Vietnamese", "Tiếng Việt"),
    "zh-hans": ("Simplified Chinese", "简体中文"),
    "zh-hant": ("Traditional Chinese", "繁體中文"),
}
RIGHT_TO_LEFT = frozenset(("ar", "ckb", "fa", "he", "ug", "ur"))

_language: ContextVar[str | None] = ContextVar("language", default=None)


def get_language() -> str:
    return _language.get() or configuration.language_code


def is_bidi(code: str) -> bool:
    """Is it written from right to left?"""
    return code.partition("-")[0] in RIGHT_TO_LEFT


def available_languages() -> list[tuple[str, str]]:
    """[(code, name), ...]: the setting LANGUAGES, or the languages that we know."""
    return list(configuration.languages) or [(code, name) for code, (name, _) in LANGUAGES.items()]


def language_info(code: str) -> dict[str, Any]:
    """What there is to say of a language; of a variant (`de-at`) what holds for its language."""
    known = code if code in LANGUAGES else code.partition("-")[0].lower()
    if known not in LANGUAGES:
        raise KeyError(f"Unknown language code {code}.{did_you_mean(code, LANGUAGES)}")
    name, name_local = LANGUAGES[known]
    return {
        "code": known,
        "name": name,
        "name_local": name_local,
        "name_translated": name,
        "bidi": known in RIGHT_TO_LEFT,
    }


@register.filter
def language_name(lang_code: str) -> Any:
    return language_info(lang_code)["name"]


@register.filter
def language_name_translated(lang_code: str) -> Any:
    return language_info(lang_code)["name"]


@register.filter
def language_name_local(lang_code: str) -> Any:
    return language_info(lang_code)["name_local"]


@register.filter
def language_bidi(lang_code: str) -> Any:
    return language_info(lang_code)["bidi"]


@register.tag("get_current_language")
def do_get_current_language(parser: "Parser", token: "Token") -> SettingNode:
    return as_variable(token, get_language)


@register.tag("get_current_language_bidi")
def do_get_current_language_bidi(parser: "Parser", token: "Token") -> SettingNode:
    return as_variable(token, lambda: is_bidi(get_language()))


@register.tag("get_available_languages")
def do_get_available_languages(parser: "Parser", token: "Token") -> SettingNode:
    return as_variable(token, available_languages)


class LanguageInfoNode(Node):
    child_nodelists = ()

    def __init__(self, value: FilterExpression, several: bool, target: str) -> None:
        self.value = value
        self.several = several
        self.target = target

    def render(self, context: "Context") -> str:
        value = self.value.resolve(context)
        if self.several:  # codes, or pairs as in the setting LANGUAGES
            codes = [item if isinstance(item, str) else item[0] for item in value]
            context[self.target] = [language_info(code) for code in codes]
        else:
            context[self.target] = language_info(value)
        return ""


@register.tag("get_language_info")
@register.tag("get_language_info_list")
def do_get_language_info(parser: "Parser", token: "Token") -> LanguageInfoNode:
    """`{% get_language_info for "de" as language %}`, or `..._list for LANGUAGES as languages`."""
    words = token.split_contents()
    if len(words) != 5 or words[1] != "for" or words[3] != "as":
        raise TemplateSyntaxError(f"{words[0]!r} wants: for value as variable.")
    return LanguageInfoNode(parser.compile_filter(words[2]), words[0].endswith("list"), words[4])


class LanguageNode(Node):
    """Sets which language the tags above speak of; the text stays what it is."""

    touches = Touch.READS

    def __init__(self, nodelist: NodeList, language: FilterExpression) -> None:
        self.nodelist = nodelist
        self.language = language

    def render(self, context: "Context") -> str:
        token = _language.set(self.language.resolve(context) or None)
        try:
            return self.nodelist.render(context)
        finally:
            _language.reset(token)


@register.tag("language")
def do_language(parser: "Parser", token: "Token") -> LanguageNode:
    words = token.split_contents()
    if len(words) != 2:
        raise TemplateSyntaxError("'language' takes one argument: the code of a language.")
    language = parser.compile_filter(words[1])
    nodelist = parser.parse(("endlanguage",))
    parser.delete_first_token()
    return LanguageNode(nodelist, language)
