"""Which file a command line names, for each interpreter; nothing is run here."""

import pytest

from stiled.interpreters import Module, Script, is_interpreter, script_of


@pytest.mark.parametrize(
    "path",
    [
        b"/usr/bin/python3.11",
        b"/usr/bin/pypy3",
        b"/bin/dash",
        b"/usr/bin/perl5.36.0",
        b"/usr/bin/ruby3.1",
        b"/usr/bin/node",
        b"/usr/bin/php8.2",
        b"/usr/bin/lua5.4",
        b"/usr/bin/mawk",
        b"/usr/bin/tclsh8.6",
        b"/usr/lib/jvm/java-17/bin/java",
        b"/lib64/ld-linux-x86-64.so.2",
        b"/lib/ld-musl-x86_64.so.1",
        b"/bin/busybox",
    ],
)
def test_a_file_that_runs_others_is_known_by_its_name(path: bytes) -> None:
    assert is_interpreter(path)


@pytest.mark.parametrize(
    "path",
    [
        b"/usr/bin/curl",
        b"/usr/bin/python3-config",
        b"/usr/bin/pythonista",
        b"/usr/bin/bashtop",
        b"/usr/bin/nodemon",
        b"/usr/bin/javac",
        b"/python3/tool",
        b"/usr/bin/ssh",
        b"/usr/bin/perl\xff",
    ],
)
def test_a_name_that_only_resembles_one_is_none(path: bytes) -> None:
    assert not is_interpreter(path)


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ("python3 /a.py --flag x", "/a.py"),
        ("python3 a.py", "a.py"),
        ("python3 -u -B /a.py", "/a.py"),
        ("python3 -uB /a.py", "/a.py"),
        ("python3 -W ignore /a.py", "/a.py"),
        ("python3 -Wignore /a.py", "/a.py"),
        ("python3 -X dev /a.py -c x", "/a.py"),
        ("python3 --check-hash-based-pycs always /a.py", "/a.py"),
        ("python3 -- /a.py", "/a.py"),
        ("bash /a.sh", "/a.sh"),
        ("bash -eu /a.sh", "/a.sh"),
        ("bash -o pipefail /a.sh", "/a.sh"),
        ("bash -euo pipefail /a.sh", "/a.sh"),
        ("bash +x /a.sh", "/a.sh"),
        ("bash --rcfile /etc/rc /a.sh", "/a.sh"),
        ("perl -w /a.pl", "/a.pl"),
        ("perl -I /lib /a.pl", "/a.pl"),
        ("perl -I/lib /a.pl", "/a.pl"),
        ("perl -Mstrict /a.pl", "/a.pl"),
        ("ruby -r json /a.rb", "/a.rb"),
        ("node --require /r.js /a.js", "/a.js"),
        ("node --require=/r.js /a.js", "/a.js"),
        ("php -d x=1 -f /a.php", "/a.php"),
        ("lua -l socket /a.lua", "/a.lua"),
        ("gawk -F : -f /a.awk", "/a.awk"),
        ("java -cp /c:/d -jar /a.jar", "/a.jar"),
        ("java -Xmx1g /A.java", "/A.java"),
        ("mono --debug /a.exe", "/a.exe"),
        ("ld-linux-x86-64.so.2 --library-path /l /bin/a", "/bin/a"),
    ],
)
def test_the_script_is_the_first_word_that_is_no_option(command: str, path: str) -> None:
    argv = command.encode().split()
    assert script_of(argv[0], argv) == Script(path.encode())


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("python3 -m http.server 80", "http.server"),
        ("python3 -mhttp.server", "http.server"),
        ("python3 -um http.server", "http.server"),
        ("python3 -X dev -m pip -c x", "pip"),
    ],
)
def test_a_module_is_known_by_its_name(command: str, name: str) -> None:
    argv = command.encode().split()
    assert script_of(argv[0], argv) == Module(name.encode())


@pytest.mark.parametrize(
    "command",
    [
        "python3",
        "python3 -",
        "python3 -c pass /usr/bin/yum",
        "python3 -uc pass /usr/bin/yum",
        "python3 -W",
        "python3 --",
        "bash -c true /a.sh",
        "bash -ec true /a.sh",
        "bash -s /a.sh",
        "sh -o",
        "perl -e 1 /a.pl",
        "perl -we 1 /a.pl",
        "ruby -e 1 /a.rb",
        "node -e 1 /a.js",
        "node --eval=1 /a.js",
        "php -r 1 /a.php",
        "lua -i /a.lua",
        "gawk {print} /a",
        "java -cp /c Main",
        "java -m module/Main",
        "curl /a.py",
    ],
)
def test_code_from_elsewhere_is_nobodys_script(command: str) -> None:
    argv = command.encode().split()
    assert script_of(argv[0], argv) is None


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("busybox sh /a.sh", Script(b"/a.sh")),
        ("/bin/busybox ash -e /a.sh", Script(b"/a.sh")),
        ("sh /a.sh", Script(b"/a.sh")),
        ("awk -f /a.awk", Script(b"/a.awk")),
        ("busybox sh -c true /a.sh", None),
        ("busybox wget /a.sh", None),
        ("busybox python3 /a.py", None),
        ("busybox", None),
    ],
)
def test_busybox_is_what_its_first_word_says(command: str, found: Script | None) -> None:
    assert script_of(b"busybox", command.encode().split()) == found


@pytest.mark.parametrize("argv", [[], [b""], [b"", b""]])
def test_a_command_line_that_was_wiped_names_nothing(argv: list[bytes]) -> None:
    assert script_of(b"python3", argv) is None
    assert script_of(b"busybox", argv) is None
