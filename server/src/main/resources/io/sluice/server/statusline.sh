# Claude Code's status line: shows the budget that is in a file, and renews the file in the background.
# POSIX sh and curl. Never waits, always exits with 0: an abort, an error or empty output would blank the line.
d="${XDG_CACHE_HOME:-$HOME/.cache}/sluice"
f="$d/budget"
# The time of the answer, and the line.
at= line=
{ read -r at && IFS= read -r line; } 2>/dev/null <"$f"
now=$(date +%s)
# A number that begins with 0 would be octal.
case $at in '' | 0* | *[!0-9]*) at=0 ;; esac
case $line in 'Budget: '*) ;; *) at=0 line='Budget: not known yet' ;; esac
age=$((now - at))
if [ "$age" -ge 10 ] || [ "$age" -lt 0 ]; then
    # Secrets go by standard input: arguments can be seen by others.
    (
        umask 077
        mkdir -p "$d"
        t="$f.$$"
        code=$(printf 'Authorization: Bearer %s\nX-Sluice-User: %s\nAccept: text/plain\n' "$SLUICE_BUDGET_TOKEN" "$CLAUDE_CODE_USER_EMAIL" |
            curl -gs -m 5 -H @- -o "$t" -w '%{http_code}' '@ADDRESS@/v1/budgets/me')
        new=
        if [ "$code" = 200 ]; then
            IFS= read -r new <"$t"
        else
            # What was known before stays, and grows old.
            case $line in 'Budget: not known'*) new="Budget: not known (Sluice answered $code)" ;; esac
        fi
        case $new in
            'Budget: '*) printf '%s\n%s\n' "$(date +%s)" "$new" >"$t" && mv -f "$t" "$f" ;;
            *) rm -f "$t" ;;
        esac
    ) >/dev/null 2>&1 &
fi
if [ "$at" -gt 0 ] && [ "$age" -ge 90 ]; then line="$line ($((age / 60)) min old)"; fi
c=
case $line in *', stopped'*) c=31 ;; *', warning'*) c=33 ;; esac
if [ -n "$c" ] && [ -z "$NO_COLOR" ]; then printf '\033[%sm%s\033[0m\n' "$c" "$line"; else printf '%s\n' "$line"; fi
exit 0
