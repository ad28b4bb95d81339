/**
 * What attackers try first, of ten characters and more. Written by hand from what every published list of leaked
 * passwords has in common (favourite words with favourite endings, walks over the keyboard, Korean words typed on Latin
 * keys); it is not one of those lists, and a bigger one can be added here without any other change.
 */

const words =
  `password passw0rd p@ssword p@ssw0rd pa55word qwerty qwertyuiop qwer asdf zxcv qwe qaz qazwsx asdfgh asdfghjkl zxcvbn
  zxcvbnm iloveyou letmein welcome monkey dragon football baseball basketball sunshine princess master shadow superman
  batman michael jordan jennifer jessica ashley daniel andrew joshua matthew charlie thomas robert george hunter ranger
  soccer hockey killer pepper ginger cookie summer winter spring autumn freedom whatever trustno1 starwars pokemon naruto
  liverpool chelsea arsenal barcelona computer internet samsung google apple android galaxy iphone microsoft windows
  linux database server test tester testing admin administrator root user guest default changeme secret private login
  access hello helloworld abc abcd abcde abcdef abcdefg abcdefgh abcdefghij aaaa love lovely lover angel babygirl flower
  butterfly chocolate cheese banana orange purple silver diamond money lucky happy smile family friend forever mustang
  ferrari porsche mercedes yamaha harley corvette korea seoul busan japan china america london paris newyork
  hangul kimchi soju taekwondo bts exo blackpink naver daum kakao kakaotalk nexon lineage starcraft maplestory
  dkssud dkssudgktpdy tkfkd tkfkdgo tkfkdgody tkfkdgkqslek rkskek rkskekfk qlalfqjsgh qkqh qkqhajdcjddl gksrnr gksrmf
  eogksalsrnr alsrnr wkddj rlarl dltnstls tjdnf qntks ghkdlxld rkatkgkqslek djaakd dkQk rhksflwk`.split(/\s+/);

const endings =
  `1 12 123 1234 12345 123456 1234567 12345678 123456789 1234567890 0 00 01 11 111 1111 22 2222 7 77 777 7777 88 888 99
  999 ! !! !!! 1! 12! 123! 1234! 12345! !@# !@#$ 1!@# 123!@# 1234!@#$ @ @1 @12 @123 @1234 # #1 #123 . _123 -123
  a abc q1w2 qwe qwer asd asdf 0000 1004 486 5882 8282 7942 119 1818 1980 1981 1982 1983 1984 1985 1986 1987 1988
  1989 1990 1991 1992 1993 1994 1995 1996 1997 1998 1999 2000 2001 2002 2003 2004 2005 2006 2007 2008 2009 2010 2011 2012
  2013 2014 2015 2016 2017 2018 2019 2020 2021 2022 2023 2024 2025 2026 2027 2024! 2025! 2026! 2027!`.split(/\s+/);

const others =
  `1234567890 12345678910 123456789a 123456789q a123456789 q123456789 0123456789 9876543210 0987654321 1234567891
  12345678901 123456789012 123456789123 1234554321 1122334455 112233445566 11223344556677 1212121212 1231231231
  123123123123 1472583690 147258369a 741852963a 7894561230 1029384756 1q2w3e4r5t 1q2w3e4r5t6y 1q2w3e4r5t! 1q2w3e4r!! q1w2e3r4t5
  q1w2e3r4t5y6 1qaz2wsx3edc 1qaz2wsx3edc4rfv 1qaz!qaz2wsx 1qaz@wsx3edc !qaz2wsx#edc zaq12wsxcde3 zaq1xsw2cde3 qazwsxedcrfv
  qazwsxedcrfvtgb qwertyuiop[] qwertyuiopasdfghjkl qwertyasdfgh qwertyzxcvbn qweasdzxc1 qweasdzxc123 qwe123qwe123
  qwer1234qwer asdf1234asdf qwerasdfzxcv qwerasdfzxcv1234 1234qwerasdf 1234qwerasdfzxcv asdfasdfasdf asdfghjkl; zxcvbnm,./
  poiuytrewq mnbvcxzlkjhgfdsa lkjhgfdsa1 passwordpassword password1password iloveyou!! iloveyousomuch iloveyouforever
  ilovejesus1 loveyou123 mypassword mypassword1 mypassword123 newpassword newpassword1 adminadmin adminadmin1 admin12345!
  administrator rootpassword testpassword temppassword temporary123 changeme123 changemenow letmeinnow welcometo1
  welcomehome thisismypassword correcthorsebatterystaple trustnoone1 opensesame superman123 spiderman1 spiderman123
  manchester manchesterunited liverpoolfc realmadrid1 christopher alexander1 elizabeth1 samantha123 stephanie1 strawberry
  watermelon1 buttercup1 sweetheart jesuschrist blessed123 basketball babygirl123 chocolate1 butterfly1 playstation
  playstation5 nintendo123 minecraft123 starcraft2 maplestory1 leagueoflegends overwatch123 battleground
  01012345678 010-1234-5678 01000000000 01011111111 01099999999 안녕하세요안녕하세요 비밀번호비밀번호 사랑해사랑해사랑해
  대한민국대한민국만세 가나다라마바사아자차 가나다라마바사아자차카타파하 비밀번호12345 비밀번호123456 사랑해1234567
  대한민국123456 qlalfqjsgh12 dkssudgktpdy1 eogksalsrnr1 tkfkdgoyo1 abcdefghijk abcdefghijklmnopqrstuvwxyz abcd123456
  abc1234567 abcde12345 a1b2c3d4e5 a1s2d3f4g5 aa12345678 aa123456789 asd123456789 qwe123456789 zxc123456789`.split(
    /\s+/,
  );

const shortest = 10;

/** In lower case, NFC. */
export const commonPasswords: ReadonlySet<string> = new Set(
  [...others, ...words, ...words.flatMap((word) => endings.flatMap((ending) => [word + ending, ending + word]))]
    .map((password) => password.normalize("NFC").toLowerCase())
    .filter((password) => Array.from(password).length >= shortest),
);
