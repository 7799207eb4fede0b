#!/usr/bin/env bash
# Tests/Long/install.sh PROGRAM: installs into a folder of its own by launch/install, in some three minutes where that
# has not built before; starts what lies there, alone, under mpirun, from a job script, and in a folder tree with
# nothing of Swift; compares the bits of its runs with those of PROGRAM; and removes it.
set -euo pipefail
program=$(realpath "${1:?"usage: Tests/Long/install.sh PROGRAM"}")
cd "$(dirname "$0")/../.."
top=$PWD
. launch/flags

work=$(mktemp -d /tmp/cw-install.XXXXXX)
failed=0
finish() { if [ "$failed" = 0 ]; then rm -rf "$work"; else echo "see $work" >&2; fi; }
trap finish EXIT
check() { # check WHAT COMMAND…
  # In a condition the shell would go on after what fails within a function.
  (set -e; "${@:2}") >"$work/output" 2>&1 &
  if wait $!; then echo "ok      $1"; else
    echo "FAILED  $1"
    head -20 "$work/output"
    failed=1
  fi
}

# A blank in its name, and folders that others use.
prefix="$work/a prefix"
mkdir -p "$prefix/share/man/man1"
echo theirs >"$prefix/share/man/man1/other.1"
listing() { (cd "$prefix" && find . -printf '%y %P\n' | LC_ALL=C sort); }
states() { (cd "$prefix" && find . -printf '%P %T@ %i %m\n' | LC_ALL=C sort); }
install() { "$top/launch/install" --prefix "$prefix" "$@" >"$work/log" 2>&1 || { tail -20 "$work/log" >&2; return 1; }; }
before=$(listing)
install || { echo "FAILED  launch/install"; exit 1; }

says() { grep -qF -- "$1" "$work/log"; }
check "says what to type" says "export PATH=\"$prefix/bin:"
first=$(states)
install
unchanged() { [ "$(states)" = "$first" ] && says "nothing was changed"; }
check "does nothing the second time" unchanged

# From here on as its user: neither Swift nor the checkout is at hand.
builders_path=$PATH
PATH=$prefix/bin:/usr/local/bin:/usr/bin:/bin
installed=$prefix/bin/cw-dist-train
mkdir "$work/user"
cd "$work/user"

version() {
  cw-dist-train --version >version
  cat version
  grep -qF "commit $CW_DIST_TRAIN_COMMIT" version || [ -z "${CW_DIST_TRAIN_COMMIT:-}" ]
  grep -q "^MPI: ." version && grep -qE "^vector instructions: (AVX|SSE|NEON)" version
}
check "--version says commit, MPI, and vector instructions" version

# What it loads itself, not what that loads in turn.
libraries() {
  readelf -d "$installed" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' >needed
  cat needed
  [ -s needed ] && ! grep -vE '^(libc|libm|libz|libstdc\+\+|libgcc_s|ld-linux-x86-64|ld-linux-aarch64|libmpi[a-z]*|libhdf5[a-z_]*)\.so' needed
}
check "needs only libc, libm, libz, libstdc++, libgcc_s and MPI's libraries" libraries

options=(--quiet --epochs 3 --hidden 16 --validation-fraction 0.2)
same_bits() { # same_bits NAME: as PROGRAM's
  local file
  for file in model.safetensors metrics.jsonl; do cmp "reference/$file" "$1/$file"; done
}
"$program" "${options[@]}" --run-dir reference
alone() { cw-dist-train "${options[@]}" --run-dir alone && same_bits alone; }
check "cw-dist-train: the bits of $program" alone
ranks() { "$MPIRUN" -np 4 cw-dist-train "${options[@]}" --run-dir ranks && same_bits ranks; }
[ "${CW_DIST_TRAIN_WITHOUT_MPI:-}" = 1 ] || check "mpirun -np 4 cw-dist-train: the same bits" ranks

# A folder tree with the program and the libraries that it loads, and no more.
tree=$work/tree
mkdir -p "$tree/proc" "$tree/bin" "$tree/tmp"
cp "$installed" "$tree/bin/"
ldd "$installed" | grep -o '/[^ ]*' | while read -r library; do command install -D "$(realpath "$library")" "$tree$library"; done
namespace=(unshare --map-root-user --mount --pid --fork "--mount-proc=$tree/proc")
if "${namespace[@]}" true 2>/dev/null; then
  elsewhere() {
    env -i PATH="$PATH:/usr/sbin:/sbin" "${namespace[@]}" chroot "$tree" /bin/cw-dist-train "${options[@]}" --run-dir /tmp/run && same_bits "$tree/tmp/run"
  }
  check "starts in a folder tree without Swift: the same bits" elsewhere
else
  echo "skipped: a folder tree without Swift needs user namespaces"
fi

# The least of 40: what else runs on the machine is not the program's.
start_up() {
  local start end least=1000000 microseconds
  for _ in $(seq 40); do
    start=$EPOCHREALTIME
    "$installed" --version >/dev/null
    end=$EPOCHREALTIME
    microseconds=$((${end/./} - ${start/./}))
    [ "$microseconds" -ge "$least" ] || least=$microseconds
  done
  echo "$least µs" | tee start-up
  [ "$least" -le 20000 ]
}
check "starts within 20 ms" start_up
cat start-up

# complete_last WORD…: what bash offers for the last word.
complete_last() {
  bash -c '. "$1/share/bash-completion/completions/cw-dist-train"
    shift
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_TYPE=9 COMP_KEY=9
    COMP_POINT=${#COMP_LINE}
    function=$(complete -p cw-dist-train | sed -n "s/.*-F \([^ ]*\).*/\1/p")
    "$function" cw-dist-train "${@: -1}" "${@: -2:1}" || true
    printf "%s\n" "${COMPREPLY[@]}"' bash "$prefix" "$@"
}
completions() {
  complete_last cw-dist-train wei | grep -x "weights *"
  complete_last cw-dist-train train --learning-r | grep -x -- "--learning-rate *"
  complete_last cw-dist-train train --optimizer ada | grep -x "adamw *"
  complete_last cw-dist-train help pro | grep -x "probabilities *"
  grep -q "topic:(weights " "$prefix/share/zsh/site-functions/_cw-dist-train"
  ! command -v zsh || zsh -n "$prefix/share/zsh/site-functions/_cw-dist-train"
  ! command -v fish || fish -n "$prefix/share/fish/vendor_completions.d/cw-dist-train.fish"
}
check "completes subcommands, options, values" completions

manual() {
  local page=$prefix/share/man/man1/cw-dist-train.1 option topic
  if command -v groff; then groff -man -Tutf8 -ww -z "$page" 2>&1 | tee warnings; [ ! -s warnings ]; fi
  cw-dist-train train --help | grep -oE '^  --[a-z-]+' >help_options
  [ "$(wc -l <help_options)" -gt 50 ]
  while read -r option; do grep -qF -- "\\fB${option//-/\\-}\\fR" "$page" || { echo "lacks $option"; return 1; }; done <help_options
  cw-dist-train help topics | sed -n 's/^  \([a-z-]*\)  .*/\1/p' >topics
  [ "$(wc -l <topics)" -gt 5 ]
  while read -r topic; do
    [ "$topic" = exit-codes ] && continue
    grep -qixF ".SH TOPIC: ${topic//-/\\-}" "$page" || { echo "lacks $topic"; return 1; }
  done <topics
  grep -qx ".SH EXIT STATUS" "$page"
}
check "the manual page has every option of train, and every topic" manual

# As Slurm would start it on a node whose PATH lacks the prefix.
job() {
  env PATH=/usr/local/bin:/usr/bin:/bin SLURM_JOB_ID=1 SLURM_JOB_NAME=job SLURM_NTASKS=2 SLURM_JOB_NODELIST=here \
    CW_RUN_DIR="$PWD/job" "$prefix/share/cw-dist-train/slurm.sbatch" synthetic: "${options[@]}" && same_bits job
}
[ "${CW_DIST_TRAIN_WITHOUT_MPI:-}" = 1 ] || check "slurm.sbatch finds it" job
submission() {
  printf '#!/bin/sh\nprintf "%%s\\n" "$@"\n' >qsub
  chmod +x qsub
  env PATH="$PWD:/usr/bin:/bin" "$prefix/share/cw-dist-train/pbs.sh" synthetic: | grep -x "$installed"
}
check "pbs.sh finds it" submission

# Edited files are left; the rest goes, and with it the folders that were made for it.
echo "# edited" >>"$prefix/share/cw-dist-train/pbs.sh"
rm "$installed"
PATH=$builders_path install
again() { [ -x "$installed" ] && says "left $prefix/share/cw-dist-train/pbs.sh" && tail -1 "$prefix/share/cw-dist-train/pbs.sh" | grep -qx "# edited"; }
check "installs what is missing, and leaves what was edited" again
install --uninstall
left() { # left LISTING
  listing | diff <(printf '%s\n' "$1" | LC_ALL=C sort) -
}
check "--uninstall leaves what was edited" left "$before
d share/cw-dist-train
f share/cw-dist-train/pbs.sh"
rm -r "$prefix/share/cw-dist-train"
PATH=$builders_path install
install --uninstall
check "--uninstall leaves what was there before" left "$before"
install --uninstall
check "--uninstall finds nothing the second time" says "nothing of cw-dist-train"

refused() { ! "$top/launch/install" --prefix /proc/here && ! "$top/launch/install" "--prefix=$work/\$x" --uninstall; }
check "refuses folders that it cannot write, or name in a script" refused
exit $failed
