"""No two files import each other, directly or by way of others; imports inside functions count too."""

import grimp

from tests.processes import ROOT


def our_packages() -> list[str]:
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    return sorted(folders - {"tests"})


def rings(imports: dict[str, set[str]]) -> list[list[str]]:
    """The strongly connected components of more than one module, by Tarjan's algorithm."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    components: list[list[str]] = []

    def visit(module: str) -> None:
        order[module] = lowest[module] = len(order)
        stack.append(module)
        for imported in imports[module]:
            if imported not in order:
                visit(imported)
                lowest[module] = min(lowest[module], lowest[imported])
            elif imported in stack:
                lowest[module] = min(lowest[module], order[imported])
        if lowest[module] == order[module]:
            start = stack.index(module)
            components.append(sorted(stack[start:]))
            del stack[start:]

    for module in imports:
        if module not in order:
            visit(module)
    return sorted(component for component in components if len(component) > 1)


def test_a_ring_is_found():
    imports = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set(), "e": {"a", "d"}}
    assert rings(imports) == [["b", "c"]]


def test_no_files_import_each_other():
    graph = grimp.build_graph(*our_packages(), cache_dir=None, exclude_type_checking_imports=True)
    modules = {name for name in graph.modules if ".migrations" not in name}
    imports = {name: graph.find_modules_directly_imported_by(name) & modules for name in modules}
    assert [" <-> ".join(ring) for ring in rings(imports)] == []
