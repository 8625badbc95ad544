# Two functions for shell actions. Bash only, no other programs: starting one takes longer than the rest.

# read_parameters NAME…  sets the variables NAME… from the parameters on standard input (parameter_format:
# dotenv). A quote inside a value is written '\'' and a value may have several lines, so this reads from quote
# to quote; nothing of it is ever evaluated.
read_parameters() {
  local IFS= _outside= _name _value _part _wanted
  read -r -d "'" _outside
  while [[ -n $_outside ]]; do
    _name=${_outside#$'\n'} _name=${_name%=} _value= _outside=
    while read -r -d "'" _part; do
      _value+=$_part
      read -r -d "'" _outside || _outside=
      [[ $_outside == \\ ]] || break
      _value+="'"
      read -r -d "'" _outside
    done
    for _wanted; do
      [[ $_name == "$_wanted" ]] && printf -v "$_wanted" %s "$_value"
    done
  done
  return 0
}

# to_json TEXT  sets `json` to TEXT as a JSON string, quotes included.
to_json() {
  local text=$1 code character escape
  text=${text//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//$'\n'/\\n}
  text=${text//$'\t'/\\t}
  if [[ $text == *[[:cntrl:]]* ]]; then
    for code in {1..31} 127; do
      printf -v escape '\\u%04x' "$code"
      printf -v character "\\x$(printf %x "$code")"
      text=${text//"$character"/$escape}
    done
  fi
  json="\"$text\""
}
