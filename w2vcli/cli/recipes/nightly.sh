#!/bin/sh
# Every night: counts the texts that have come, trains on those of the last 30 days, and puts the
# new model in place of the old one if it passes a gate. Made by 'w2vcli recipe cron'.
#
# In the crontab, where only a night that fails prints something, which cron sends by mail:
#
#     30 3 * * *  /bin/sh @CRON_SCRIPT@
#
# It reads, in this folder:
#     texts/2026-11-23.txt          the text of a day
#     texts/2026-11-23.txt.sha256   if there is one, made by sha256sum: what the text must be
#     heldout.txt                   if there is one: text; what is known of it may fall by a fifth
#     questions.txt                 if there is one: analogies, of which 95 % must stay right
# It writes model.safetensors, the seven before it (model.safetensors.1 and so on, 'w2vcli
# rollback' puts the last one back), the counts of 60 days, plan.txt, and nightly.log.
set -u
PATH=@PROGRAMS@:$PATH
cd @FOLDER@ || exit
umask 022

model=model.safetensors
failed=0

say() { # a line of the log
    printf '%s nightly: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" >> nightly.log
}
fail() { # another one, which cron sends by mail too
    failed=$1
    say "$2"
    printf 'nightly: %s\n' "$2" >&2
}
w2v() { # the program; of what it says to the log only warnings and errors come back, in $why
    { why=$(w2vcli "$@" --quiet --log-file nightly.log 2>&1 >&3); code=$?; } 3>&1
    why=${why##*w2vcli: }
    : "${why:=it ended with code $code}"
    return $code
}

# Texts of three days, so that one which came late, or a night that failed, is made good.
for ago in 3 2 1; do
    day=$(date -d "$ago days ago" +%F 2> /dev/null || date -v "-${ago}d" +%F)
    text=texts/$day.txt
    set -- counts/"$day".*.segment
    if [ -e "$1" ]; then
        continue # it is counted
    elif [ -e "$text" ]; then
        set -- "$text" --store counts --label "$day"
        if [ -e "$text.sha256" ]; then
            set -- "$@" --expect-sha256 "$(cut -c 1-64 "$text.sha256")"
        fi
        w2v count "$@" || fail $code "$day is not counted: $why"
    elif [ $ago = 1 ]; then
        fail 66 "$day is not counted: there is no $text"
    fi
done

if [ -e $model ] && [ -z "$(find counts -name '*.segment' -newer $model)" ]; then
    say "not published: nothing was counted since the last model"
    exit "$failed"
fi

set -- --store counts --segments last:30 --output $model
if [ -e heldout.txt ]; then
    set -- "$@" --validation heldout.txt --require 'validation_gain >= 0.8 * previous'
fi
if [ -e questions.txt ]; then
    set -- "$@" --analogies questions.txt --require 'analogies >= 0.95 * previous'
fi
set -- "$@" --require 'words >= 0.9 * previous' --require 'overlap >= 0.2'
# After many warm starts semantic analogies are worse, so each Sunday begins anew.
if [ -e $model ] && [ "$(date +%u)" != 7 ]; then
    set -- "$@" --warm-start $model
fi
code=73 why="plan.txt cannot be written" # if the shell cannot
if w2v train "$@" --plan > plan.txt && w2v train "$@" --keep 7 --lock skip --strict-exit; then
    say "published: $model"
    w2v store counts --keep last:60 > /dev/null || fail $code "the store keeps all days: $why"
elif [ $code = 6 ]; then
    say "not published: another run is at work"
else
    fail $code "not published: $why"
fi
exit "$failed"
