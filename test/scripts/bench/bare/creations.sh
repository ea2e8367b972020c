# Creates users with curl, eight at a time: creations.sh COUNT
export url=$TWILIO_ORG_API_URL/scim/v2/Users
export header="authorization: Bearer $TWILIO_ORG_ACCESS_TOKEN"
seq "$1" | xargs -P 8 -I {} sh -c '
  body=$(jq --null-input --compact-output --arg mail sh{}@example.com \
    "{userName: \$mail, active: true, emails: [{value: \$mail, primary: true}]}")
  curl --silent --fail --output /dev/null --header "$header" --header "content-type: application/scim+json" \
    --data "$body" "$url"'
