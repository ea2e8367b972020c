#!/usr/bin/env bash
# The command of the action. Takes COMMAND, DIRECTORY and FLAGS from the environment, so that no text becomes part of a script.
set -euo pipefail

export TWILIO_ORG_CONFIG_DIR="$RUNNER_TEMP/twilio-org"
program="$(dirname "${BASH_SOURCE[0]}")/../../../bin/twilio-org.js"
twilio_org() { node "$program" "$@"; }

flags=()
while IFS= read -r flag; do
  if [[ -n $flag ]]; then flags+=("$flag"); fi
done <<<"$FLAGS"

plan() {
  local comment="$RUNNER_TEMP/access-plan.md" code=0
  echo "markdown=$comment" >>"$GITHUB_OUTPUT"
  twilio_org access plan "$DIRECTORY" -o markdown --exit-code ${flags[@]+"${flags[@]}"} >"$comment" || code=$?
  # Without a plan, an older comment would still show one.
  if [[ ! -s $comment ]]; then
    echo 'There is no plan: the files have errors, or Twilio did not answer. The log of the job says which.' >"$comment"
  fi
  printf '\nPlanned from commit %s.\n' "$GITHUB_SHA" >>"$comment"
  cat "$comment" >>"$GITHUB_STEP_SUMMARY"
  # 10 says that there is something to do.
  if ((code == 10)); then code=0; fi
  return "$code"
}

apply() {
  twilio_org access apply "$DIRECTORY" --yes ${flags[@]+"${flags[@]}"}
}

nightly() {
  local others
  twilio_org access drift "$DIRECTORY" -o table
  others=$(twilio_org access drift "$DIRECTORY" --query "length([?drift != 'expired' && drift != 'begins today'])")
  # Nobody is there to say whether to keep what somebody did by hand, so that nothing is applied over it.
  if ((others > 0)); then
    echo "::error::The organization differs from $DIRECTORY in $others roles, and not because of a date. Nothing was changed"
    return 10
  fi
  apply
}

case $COMMAND in
  plan | apply | nightly) "$COMMAND" ;;
  *)
    echo "::error::command is plan, apply or nightly"
    exit 2
    ;;
esac
