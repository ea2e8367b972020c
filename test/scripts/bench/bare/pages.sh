# All pages of a list with curl and jq, as JSON lines: pages.sh PATH
next=$TWILIO_ORG_API_URL$1
while [ "$next" != null ]; do
  page=$(curl --silent --fail --header "authorization: Bearer $TWILIO_ORG_ACCESS_TOKEN" "$next") || exit
  printf '%s' "$page" | jq --compact-output '.content[]'
  next=$(printf '%s' "$page" | jq --raw-output .meta.next_page_url)
done
