# Waits until another stand-in has noted that it is at work.
for second in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    if [ -e "$NOTES/$1" ]; then exit 0; fi
    sleep 1
done
echo "nobody has come to $1"
exit 1
