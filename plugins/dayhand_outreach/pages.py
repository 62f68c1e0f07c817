"""The pages: the plan of a month, differences between profiles, what the site lacks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dayhand import StepContext, markdown_table, typeset
from dayhand_outreach.models import Audit, PageFiles, Plan, Post, SiteCheck

__all__ = ["write_audit", "write_plan", "write_site"]


def write_plan(context: StepContext, plan: Plan) -> PageFiles:
    """Write the plan of a month under `out/outreach/`."""
    posts = {
        "title": "Posts",
        "head": ["Day", "Title", "Kind", "Channel", "What it says"],
        "rows": [_post_row(one) for one in plan.posts],
        "columns": ["auto", "1.4fr", "auto", "auto", "1.6fr"],
    }
    also = {
        "title": "Also kept in this month",
        "head": ["From", "To", "What", "By", "Sure"],
        "rows": [
            [str(one.on), str(one.until), one.title, one.by, one.confidence] for one in plan.also
        ],
        "columns": ["auto", "auto", "1.6fr", "1fr", "auto"],
    }
    return _write(
        context, f"plan-{plan.month}", title=f"Posts for {plan.month}",
        intro=f"{len(plan.posts)} planned. Change it with 'dayhand outreach mark' or 'import'.",
        parts=[posts, also], rules=plan.rules,
    )  # fmt: skip


def _post_row(post: Post) -> list[str]:
    return [
        f"{post.planned_on:%a} {post.planned_on.isoformat()}", post.title,
        {"awareness": "date", "topic": "topic"}.get(post.kind, ""), post.channel,
        "; ".join(post.outline),
    ]  # fmt: skip


def write_audit(context: StepContext, audit: Audit) -> PageFiles:
    """Write the differences between profiles under `out/outreach/`."""
    part = {
        "title": "",
        "head": ["File", "Line", "What", "It says", "It should say"],
        "rows": [
            [one.file, str(one.line or "–"), one.field, one.found, one.expected]
            for one in audit.differences
        ],
        "columns": ["1.2fr", "auto", "auto", "1fr", "1.4fr"],
    }
    return _write(
        context, f"profiles-{audit.computed_on.isoformat()}", title="Profiles in directories",
        intro=f"{len(audit.differences)} differences in {len(audit.files)} copies.", parts=[part],
        rules=[f"Compared with: {'; '.join(audit.facts)}." if audit.facts else "Nothing is known."],
    )  # fmt: skip


def write_site(context: StepContext, check: SiteCheck) -> PageFiles:
    """Write what the site has and lacks under `out/outreach/`."""
    notices = {
        "title": "Notices",
        "head": ["Notice", "Found", "Where", "Why it has to be there"],
        "rows": [
            [
                one.title,
                f"NO: {one.lacking}" if one.lacking else "yes",
                "; ".join(one.found_on),
                one.why,
            ]
            for one in check.notices
        ],
        "columns": ["1fr", "1fr", "1.2fr", "1.4fr"],
    }
    other = [[one.address, one.message] for one in check.findings]
    other += [
        [one.address, f"could not be looked at: {one.problem}"]
        for one in check.pages
        if one.problem
    ]
    parts: list[dict[str, Any]] = [notices]
    if other:
        parts.append({
            "title": "To look at", "head": ["Page", "What"], "rows": other, "columns": ["1fr", "2fr"],
        })  # fmt: skip
    return _write(
        context, f"site-{check.computed_on.isoformat()}", title="Web site",
        intro=f"{check.missing} of {len(check.notices)} notices missing, on {len(check.pages)} pages.",
        parts=parts, rules=check.rules,
    )  # fmt: skip


def _write(
    context: StepContext,
    name: str,
    *,
    title: str,
    intro: str,
    parts: Sequence[dict[str, Any]],
    rules: Sequence[str],
) -> PageFiles:
    who, made = context.info.clinician.with_credentials, context.today.isoformat()
    lines = [f"# {title}", "", f"{who} · {context.info.name} · {made}", "", intro, ""]
    for part in parts:
        lines += [f"## {part['title']}", ""] if part["title"] else []
        lines += [*markdown_table(part["head"], part["rows"]), ""]
    lines += ["## Where this comes from", "", *(f"- {line}" for line in rules)]
    path = f"outreach/{name}"
    written = context.files.write(f"{path}.md", "\n".join(lines).rstrip() + "\n")
    if not context.settings.pdf:
        return PageFiles(path=written.path, pdf="")
    data = {
        "title": title, "intro": intro, "parts": list(parts), "notes": list(rules), "made": made,
        "clinician": who, "practice": context.info.name,
        "paper": context.settings.paper,
    }  # fmt: skip
    pdf = context.files.write(f"{path}.pdf", typeset(context, "outreach_list.typ", data))
    return PageFiles(path=written.path, pdf=pdf.path)
