"""The failures that are known from the start: three languages' and the games' own messages, in English."""

from __future__ import annotations

from msgspec import Struct


class ErrorPattern(Struct, frozen=True):
    """A failure that is recognised when `match` (a regular expression, case aside) is found in an error's text.

    `only` names the profile or language it belongs to; empty: all.
    """

    name: str
    match: str
    why: str = ""
    fix: str = ""
    only: str = ""


def _code(language: str, name: str, why: str, fix: str, *matches: str) -> ErrorPattern:
    return ErrorPattern(name, "|".join(matches), why, fix, language)


def _game(name: str, why: str, fix: str, *matches: str) -> ErrorPattern:
    return ErrorPattern(name, "|".join(matches), why, fix)


CODE = (
    _code(
        "go",
        "go_import_error",
        "The package is not one that the compiler finds: files of one package do not import each other.",
        "Remove the import, or add its module; what is in the same package is there without import.",
        r"package \S+ is not in (std|GOROOT)",
        r"could not import",
        r"no required module provides",
    ),
    _code(
        "go",
        "go_undefined_tel",
        "The name is used but declared nowhere in the package.",
        "Declare the name, or spell it as it is declared.",
        r"undefined: Tel\b",
    ),
    _code(
        "go",
        "go_type_error",
        "A value of one type stands where another type is wanted.",
        "Convert the value, or declare the wanted type.",
        r"cannot use .+ as",
        r"mismatched types",
        r"cannot convert",
        r"type .+ (has no field|is not an expression)",
    ),
    _code(
        "go",
        "go_syntax_error",
        "The compiler could not read the code.",
        "Balance brackets and end statements where the message points.",
        r"syntax error",
        r"expected .+, found",
        r"missing return",
        r"non-declaration statement",
    ),
    _code(
        "python",
        "python_indentation_error",
        "Lines of one block are not indented alike.",
        "Indent with four spaces throughout.",
        r"IndentationError",
        r"TabError",
        r"unexpected indent",
        r"expected an indented block",
    ),
    _code(
        "python",
        "python_undefined_variable",
        "The name is used before anything was assigned to it.",
        "Assign it first, or import it.",
        r"NameError",
        r"name '\w+' is not defined",
        r"UnboundLocalError",
    ),
    _code(
        "python",
        "python_import_error",
        "The module is not installed or has another name.",
        "Install it, or correct the import.",
        r"ImportError",
        r"ModuleNotFoundError",
        r"No module named",
    ),
    _code(
        "python",
        "python_syntax_error",
        "The interpreter could not read the code.",
        "Balance brackets and quotes where the message points.",
        r"SyntaxError",
        r"invalid syntax",
    ),
    _code(
        "javascript",
        "js_import_error",
        "The module is not installed or its path is wrong.",
        "Install it, or correct the path.",
        r"Cannot find module",
        r"Failed to resolve module",
        r"ERR_MODULE_NOT_FOUND",
    ),
    _code(
        "javascript",
        "js_syntax_error",
        "The engine could not read the code.",
        "Balance brackets and quotes where the message points.",
        r"Unexpected (token|identifier|end of input)",
        r"SyntaxError",
    ),
    _code(
        "javascript",
        "js_undefined_variable",
        "The name is used but declared nowhere in reach.",
        "Declare it with const or let, or import it.",
        r"is not defined",
        r"ReferenceError",
    ),
)

GAME = (
    _game(
        "target_dead",
        "The target died before the skill was used.",
        "Choose the next target as soon as a kill is seen.",
        r"target (is|was) (already )?(dead|a corpse|no longer alive)",
        r"already dead",
        r"dead target",
    ),
    _game(
        "incapacitated",
        "The character can do nothing in this state.",
        "Wait until the character stands again, then heal first.",
        r"incapacitated",
        r"you are (dead|unconscious)",
        r"while (dead|unconscious)",
        r"knocked out",
        r"feign death",
    ),
    _game(
        "controlled",
        "A hostile effect stops the character from acting.",
        "Break or outwait the effect before going on.",
        r"you (are|were) (stunned|silenced|mezz?ed|feared|rooted|" r"paraly[sz]ed|dazed|blinded|charmed|asleep)",
        r"can(no|')t .* while (stunned|silenced|feared|asleep)",
    ),
    _game(
        "out_of_range",
        "The target was farther away than the skill reaches.",
        "Close in first, or use a skill of longer range.",
        r"out of range",
        r"too far( away)?",
        r"not in range",
        r"target is not close enough",
        r"get closer",
        r"beyond .*range",
    ),
    _game(
        "too_close",
        "The target was nearer than the skill allows.",
        "Step back first.",
        r"too close",
        r"minimum range",
    ),
    _game(
        "line_of_sight",
        "Something stood between the character and the target.",
        "Move until the target is in sight.",
        r"line of sight",
        r"no line.of.sight",
        r"can(no|')t see (your |the )?target",
        r"not visible",
        r"obstructed",
        r"los blocked",
    ),
    _game(
        "facing",
        "The character looked the wrong way.",
        "Turn to the target first.",
        r"must (be )?fac(e|ing)",
        r"wrong (way|direction)",
        r"not facing",
        r"target is behind you",
    ),
    _game(
        "not_enough_mana",
        "The skill costs more mana (force, power) than was left.",
        "Rest or drink first, or use a cheaper skill.",
        r"((not|n.t) (have )?enough|insufficient|too little|lack(s|ing)?|out of|"
        r"no) (\w+ )?(mana|force|spell points|magicka|power)\b",
    ),
    _game(
        "not_enough_action",
        "The skill costs more action (energy, stamina) than was left.",
        "Wait for it to fill, or use a cheaper skill.",
        r"((not|n.t) (have )?enough|insufficient|too little|lack(s|ing)?|out of|no) (\w+ )?(action|"
        r"energy|rage|stamina|endurance|fury|heat|focus|combo points|health)\b",
        r"too tired",
    ),
    _game(
        "inventory_full",
        "There was no room for another item.",
        "Sell, store or drop something before looting on.",
        r"(inventory|bags?|backpack|pack) (is|are) full",
        r"no (free |more )?(space|room|slots?) .*(inventory|bag|pack)",
        r"inventory full",
        r"cannot carry (any )?more",
        r"too encumbered",
        r"overloaded",
    ),
    _game(
        "on_cooldown",
        "The skill was used again before it was ready.",
        "Wait for its cooldown; use another skill meanwhile.",
        r"cooldown",
        r"not (yet )?ready",
        r"not recovered",
        r"recharging",
        r"try again in",
        r"still recovering",
        r"must wait",
    ),
    _game(
        "no_target",
        "There was no target that the skill can be used on.",
        "Choose a hostile target first.",
        r"no (valid )?target",
        r"invalid target",
        r"must (first )?(select|have|choose) a target",
        r"can(no|')t (attack|target) (that|this)",
    ),
    _game(
        "interrupted",
        "The skill was broken off before it took effect.",
        "Stand still while casting; cast out of the enemies' reach.",
        r"interrupted",
        r"spell (fizzles|is interrupted)",
        r"fizzle[ds]?",
        r"cast(ing)? (was )?(cancelled|broken)",
        r"lost (your )?concentration",
    ),
    _game(
        "wrong_posture",
        "The skill cannot be used in this posture.",
        "Stand up, stop or dismount first.",
        r"must be (standing|sitting|kneeling|prone)",
        r"can(no|')t .* while (sitting|moving|mounted|kneeling|prone|swimming)",
        r"dismount",
    ),
    _game(
        "immune",
        "The target cannot be hurt this way.",
        "Use another kind of damage, or another target.",
        r"\bimmune\b",
        r"has no effect",
        r"invulnerable",
        r"unaffected",
    ),
    _game(
        "missing_reagent",
        "What the skill uses up was gone.",
        "Restock before setting out; watch the stock.",
        r"(missing|no|not enough|out of) (reagents?|components?|" r"ammo|ammunition|arrows?|charges?|bullets)",
    ),
    _game(
        "unreachable",
        "The place could not be reached on this way.",
        "Take another way, or give the target up.",
        r"(path|route|way) .*(blocked|not found)",
        r"no path",
        r"unreachable",
        r"stuck",
        r"can(no|')t (get|reach) there",
    ),
    _game(
        "timed_out",
        "It took longer than allowed.",
        "Try again; allow more time.",
        r"timed? ?out",
        r"no (answer|response)",
    ),
)
