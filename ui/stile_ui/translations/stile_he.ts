<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="he" sourcelanguage="en">
<context>
    <name>AboutPage</name>
    <message>
        <source>A per-application firewall for the Linux desktop that lets the kernel decide. A stile is the step in a fence that lets people through and keeps cattle in.</source>
        <translation>חומת אש לפי יישומים לשולחן העבודה של לינוקס, שבה הליבה היא שמחליטה. stile הוא מדרגה בגדר: אנשים עוברים, הבקר נשאר בפנים.</translation>
    </message>
    <message>
        <source>Free software under the GNU General Public License, version 3 or later. It comes without any warranty.</source>
        <translation>תוכנה חופשית לפי הרישיון GNU GPL, גרסה 3 ואילך. היא מסופקת ללא כל אחריות.</translation>
    </message>
    <message>
        <source>Keyboard</source>
        <translation>מקלדת</translation>
    </message>
    <message>
        <source>A question that has just appeared takes no key for a moment.</source>
        <translation>שאלה שזה עתה הופיעה אינה מקבלת מקשים לרגע קצר.</translation>
    </message>
    <message>
        <source>About Stile</source>
        <translation>על אודות Stile</translation>
    </message>
    <message>
        <source>What this system gives</source>
        <translation>מה המערכת הזאת מציעה</translation>
    </message>
    <message>
        <source>there</source>
        <translation>קיים</translation>
    </message>
    <message>
        <source>limited</source>
        <translation>מוגבל</translation>
    </message>
    <message>
        <source>missing</source>
        <translation>חסר</translation>
    </message>
    <message>
        <source>Unknown while the helper is not running.</source>
        <translation>לא ידוע כל עוד רכיב העזר אינו פועל.</translation>
    </message>
    <message>
        <source>Stile {version}</source>
        <translation>‏Stile {version}</translation>
    </message>
</context>
<context>
    <name>Agent</name>
    <message>
        <source>Taken back. The next attempt is asked about again.</source>
        <translation>בוטל. בניסיון הבא תוצג שאלה שוב.</translation>
    </message>
    <message>
        <source>{answer}, and the like for all that waited</source>
        <translation>{answer}, וכך גם לכל מה שהמתין</translation>
    </message>
</context>
<context>
    <name>ApplicationsModel</name>
    <message>
        <source>%n day ago|%n days ago</source>
        <translation>לפני יום אחד|לפני %n ימים</translation>
    </message>
    <message>
        <source>just now</source>
        <translation>ממש עכשיו</translation>
    </message>
    <message>
        <source>%n min ago|%n min ago</source>
        <translation>לפני דקה|לפני %n דק׳</translation>
    </message>
    <message>
        <source>%n h ago|%n h ago</source>
        <translation>לפני שעה|לפני %n שע׳</translation>
    </message>
    <message>
        <source>%n rule|%n rules</source>
        <translation>כלל אחד|%n כללים</translation>
    </message>
</context>
<context>
    <name>Changes</name>
    <message>
        <source>the rule about {name} is not as it was any more</source>
        <translation>הכלל על {name} כבר אינו כפי שהיה</translation>
    </message>
    <message>
        <source>there is another rule about the same for {name} now</source>
        <translation>כעת קיים כלל אחר על אותו דבר עבור {name}</translation>
    </message>
</context>
<context>
    <name>CleanUp</name>
    <message>
        <source>Clean up rules</source>
        <translation>ניקוי כללים</translation>
    </message>
    <message>
        <source>Without the rules that are checked, no connection is decided otherwise. Those of programs that are gone may be wanted again, and are for you to choose.</source>
        <translation>גם בלי הכללים המסומנים שום חיבור לא יוכרע אחרת. ייתכן שכללים של תוכניות שאינן קיימות עוד יידרשו שוב, והבחירה בהם נתונה בידיך.</translation>
    </message>
    <message>
        <source>Rules that do nothing</source>
        <translation>כללים שאינם עושים דבר</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>ביטול</translation>
    </message>
    <message>
        <source>&amp;Remove %n rule|&amp;Remove %n rules</source>
        <translation>ה&amp;סרת כלל אחד|ה&amp;סרת %n כללים</translation>
    </message>
    <message>
        <source>Application</source>
        <translation>יישום</translation>
    </message>
    <message>
        <source>Rule</source>
        <translation>כלל</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>מדוע</translation>
    </message>
</context>
<context>
    <name>Connections</name>
    <message>
        <source>Application</source>
        <translation>יישום</translation>
    </message>
    <message>
        <source>Place</source>
        <translation>כתובת</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>פורט</translation>
    </message>
    <message>
        <source>Direction</source>
        <translation>כיוון</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>הכרעה</translation>
    </message>
    <message>
        <source>State</source>
        <translation>מצב</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>נשלח</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>התקבל</translation>
    </message>
    <message>
        <source>Seen for</source>
        <translation>נראה מזה</translation>
    </message>
    <message>
        <source>Search applications, places, ports and verdicts</source>
        <translation>חיפוש יישומים, כתובות, פורטים והכרעות</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>חיפוש</translation>
    </message>
    <message>
        <source>&amp;All users and the system</source>
        <translation>כל ה&amp;משתמשים והמערכת</translation>
    </message>
    <message>
        <source>Make a &amp;rule…</source>
        <translation>י&amp;צירת כלל…</translation>
    </message>
    <message>
        <source>Connections</source>
        <translation>חיבורים</translation>
    </message>
    <message>
        <source>Make a &amp;rule from this row</source>
        <translation>יצירת &amp;כלל מהשורה הזאת</translation>
    </message>
    <message>
        <source>%n connection|%n connections</source>
        <translation>חיבור אחד|%n חיבורים</translation>
    </message>
    <message>
        <source>{shown} of {there} connections</source>
        <translation>{shown} מתוך {there} חיבורים</translation>
    </message>
    <message>
        <source>Allowed</source>
        <translation>הותר</translation>
    </message>
    <message>
        <source>Denied</source>
        <translation>נדחה</translation>
    </message>
    <message>
        <source>Dropped</source>
        <translation>הושלך</translation>
    </message>
    <message>
        <source>Undecided</source>
        <translation>לא הוכרע</translation>
    </message>
    <message>
        <source>A rule</source>
        <translation>כלל</translation>
    </message>
    <message>
        <source>Your answer</source>
        <translation>תשובתך</translation>
    </message>
    <message>
        <source>Nobody answered</source>
        <translation>איש לא ענה</translation>
    </message>
    <message>
        <source>Too many waited</source>
        <translation>יותר מדי המתינו</translation>
    </message>
    <message>
        <source>Lockdown</source>
        <translation>נעילה</translation>
    </message>
    <message>
        <source>You are asked</source>
        <translation>מוצגת לך שאלה</translation>
    </message>
    <message>
        <source>Nobody decided</source>
        <translation>איש לא החליט</translation>
    </message>
    <message>
        <source>Outgoing</source>
        <translation>יוצא</translation>
    </message>
    <message>
        <source>Incoming</source>
        <translation>נכנס</translation>
    </message>
    <message>
        <source>Opening</source>
        <translation>נפתח</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>פתוח</translation>
    </message>
    <message>
        <source>Closing</source>
        <translation>נסגר</translation>
    </message>
</context>
<context>
    <name>Countdown</name>
    <message>
        <source>waits for you</source>
        <translation>ממתין לך</translation>
    </message>
    <message>
        <source>Time left</source>
        <translation>הזמן שנותר</translation>
    </message>
    <message>
        <source>{minutes} min</source>
        <translation>{minutes} דק׳</translation>
    </message>
    <message>
        <source>Start the &amp;clock</source>
        <translation>הפעלת ה&amp;שעון</translation>
    </message>
    <message>
        <source>Stop the &amp;clock</source>
        <translation>עצירת ה&amp;שעון</translation>
    </message>
    <message>
        <source>{seconds} s</source>
        <translation>{seconds} שנ׳</translation>
    </message>
</context>
<context>
    <name>Desktop</name>
    <message>
        <source>What this system lacks</source>
        <translation>מה חסר במערכת הזאת</translation>
    </message>
    <message>
        <source>Let unknown applications through for 5 minutes? What is denied stays denied.</source>
        <translation>להניח ליישומים לא מוכרים לעבור במשך 5 דקות? מה שנדחה נשאר דחוי.</translation>
    </message>
    <message>
        <source>Applications and rules</source>
        <translation>יישומים וכללים</translation>
    </message>
    <message>
        <source>Pause Stile</source>
        <translation>השהיית Stile</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>ה&amp;שהיה</translation>
    </message>
    <message>
        <source>&amp;Go on guarding</source>
        <translation>ל&amp;המשיך לשמור</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>הגדרות</translation>
    </message>
    <message>
        <source>About</source>
        <translation>על אודות</translation>
    </message>
</context>
<context>
    <name>DetailsPanel</name>
    <message>
        <source>Command</source>
        <translation>פקודה</translation>
    </message>
    <message>
        <source>Works in</source>
        <translation>פועל בתיקייה</translation>
    </message>
    <message>
        <source>Executable</source>
        <translation>קובץ הפעלה</translation>
    </message>
    <message>
        <source>Started by</source>
        <translation>הופעל על ידי</translation>
    </message>
    <message>
        <source>Known as</source>
        <translation>מוכר בשם</translation>
    </message>
    <message>
        <source>Connections</source>
        <translation>חיבורים</translation>
    </message>
    <message>
        <source>Looking at the process …</source>
        <translation>התהליך נבדק…</translation>
    </message>
</context>
<context>
    <name>Display</name>
    <message>
        <source>no display: neither WAYLAND_DISPLAY nor DISPLAY is set</source>
        <translation>אין תצוגה: לא WAYLAND_DISPLAY ולא DISPLAY מוגדרים</translation>
    </message>
    <message>
        <source>no display at &apos;{name}&apos;</source>
        <translation>אין תצוגה ב־„{name}”</translation>
    </message>
</context>
<context>
    <name>Exchange</name>
    <message>
        <source>its time is over</source>
        <translation>זמנו עבר</translation>
    </message>
</context>
<context>
    <name>Explained</name>
    <message>
        <source>Every application</source>
        <translation>כל יישום</translation>
    </message>
    <message>
        <source>Everything</source>
        <translation>הכול</translation>
    </message>
    <message>
        <source>the whole network</source>
        <translation>הרשת כולה</translation>
    </message>
    <message>
        <source>{what} over {protocol}</source>
        <translation>{what} דרך {protocol}</translation>
    </message>
    <message>
        <source>{what} when {user} runs it</source>
        <translation>{what} (בהפעלה בידי {user})</translation>
    </message>
    <message>
        <source>{what} while on the network {network}</source>
        <translation>{what} כל עוד הרשת {network} פעילה</translation>
    </message>
    <message>
        <source>{rule} (everybody)</source>
        <translation>{rule} (כולם)</translation>
    </message>
    <message>
        <source>Allow</source>
        <translation>לאפשר</translation>
    </message>
    <message>
        <source>Deny</source>
        <translation>לדחות</translation>
    </message>
    <message>
        <source>Drop</source>
        <translation>להשליך</translation>
    </message>
    <message>
        <source>Ask</source>
        <translation>לשאול</translation>
    </message>
    <message>
        <source>Shipped</source>
        <translation>סופק עם המערכת</translation>
    </message>
    <message>
        <source>Yours</source>
        <translation>שלך</translation>
    </message>
    <message>
        <source>Timed</source>
        <translation>מוגבל בזמן</translation>
    </message>
    <message>
        <source>Temporary</source>
        <translation>זמני</translation>
    </message>
    <message>
        <source>Always</source>
        <translation>תמיד</translation>
    </message>
    <message>
        <source>Until reboot</source>
        <translation>עד האתחול</translation>
    </message>
    <message>
        <source>Until it quits</source>
        <translation>עד הסיום</translation>
    </message>
    <message>
        <source>Once</source>
        <translation>פעם אחת</translation>
    </message>
    <message>
        <source>from outside</source>
        <translation>מבחוץ</translation>
    </message>
    <message>
        <source>anywhere</source>
        <translation>כל כתובת</translation>
    </message>
    <message>
        <source>the local network</source>
        <translation>הרשת המקומית</translation>
    </message>
    <message>
        <source>{domain} and all below it</source>
        <translation>{domain} וכל מה שתחתיו</translation>
    </message>
    <message>
        <source>the block list {name}</source>
        <translation>רשימת החסימה {name}</translation>
    </message>
    <message>
        <source>It is switched off now.</source>
        <translation>הכלל כבוי כעת.</translation>
    </message>
    <message>
        <source>{who} may reach {what}.</source>
        <translation>{who} רשאי להגיע אל {what}.</translation>
    </message>
    <message>
        <source>{who} is refused {what}, and hears of it at once.</source>
        <translation>{who} נדחה עבור {what}, ונודע לו על כך מיד.</translation>
    </message>
    <message>
        <source>{who} gets no answer from {what}: all is thrown away.</source>
        <translation>{who} אינו מקבל תשובה מן {what}: הכול מושלך.</translation>
    </message>
    <message>
        <source>You are asked when {who} wants to reach {what}.</source>
        <translation>מוצגת לך שאלה כאשר {who} מבקש להגיע אל {what}.</translation>
    </message>
    <message>
        <source>{who} may use {what}.</source>
        <translation>{who} רשאי לגשת אל {what}.</translation>
    </message>
    <message>
        <source>All that {who} sends is thrown away silently.</source>
        <translation>כל מה ששולח {who} מושלך בשקט.</translation>
    </message>
    <message>
        <source>You are asked whenever {who} reaches for the network.</source>
        <translation>מוצגת לך שאלה בכל פעם כאשר {who} מבקש לגשת לרשת.</translation>
    </message>
    <message>
        <source>{who} may be reached from {what}.</source>
        <translation>מותר להגיע אל {who} מן {what}.</translation>
    </message>
    <message>
        <source>{who} may not be reached from {what}.</source>
        <translation>אסור להגיע אל {who} מן {what}.</translation>
    </message>
    <message>
        <source>What reaches {who} from {what} gets no answer.</source>
        <translation>מה שמגיע אל {who} מן {what} אינו מקבל תשובה.</translation>
    </message>
    <message>
        <source>You are asked when {who} is reached from {what}.</source>
        <translation>מוצגת לך שאלה כשפונים אל {who} מן {what}.</translation>
    </message>
    <message>
        <source>That holds until the next reboot.</source>
        <translation>זה בתוקף עד האתחול הבא.</translation>
    </message>
    <message>
        <source>That holds until {time}.</source>
        <translation>זה בתוקף עד {time}.</translation>
    </message>
    <message>
        <source>That holds until it quits.</source>
        <translation>זה בתוקף עד שהיישום מסתיים.</translation>
    </message>
    <message>
        <source>Says nothing new: “{other}” covers it.</source>
        <translation>אינו אומר דבר חדש: „{other}” מכסה אותו.</translation>
    </message>
    <message>
        <source>Its program is not there any more.</source>
        <translation>התוכנית שלו כבר אינה קיימת.</translation>
    </message>
    <message>
        <source>Its time is over.</source>
        <translation>זמנו עבר.</translation>
    </message>
    <message>
        <source>It was for a while only, and is switched off.</source>
        <translation>הוא היה לזמן מוגבל בלבד, והוא כבוי.</translation>
    </message>
    <message>
        <source>only outward</source>
        <translation>החוצה בלבד</translation>
    </message>
    <message>
        <source>So may programs that it starts, if they have no rules.</source>
        <translation>כך גם לגבי תוכניות שהוא מפעיל, אם אין להן כללים.</translation>
    </message>
    <message>
        <source>The same goes for programs that it starts.</source>
        <translation>אותו דבר חל על תוכניות שהוא מפעיל.</translation>
    </message>
    <message>
        <source>{what} at port {ports}</source>
        <translation>{what} בפורט {ports}</translation>
    </message>
    <message>
        <source>{what} at the ports {ports}</source>
        <translation>{what} בפורטים {ports}</translation>
    </message>
    <message>
        <source>{what} at its own port {ports}</source>
        <translation>{what} בפורט שלו {ports}</translation>
    </message>
    <message>
        <source>{what} at its own ports {ports}</source>
        <translation>{what} בפורטים שלו {ports}</translation>
    </message>
    <message>
        <source>Until {time}</source>
        <translation>עד {time}</translation>
    </message>
    <message>
        <source>port {port}</source>
        <translation>פורט {port}</translation>
    </message>
    <message>
        <source>user {user}</source>
        <translation>משתמש {user}</translation>
    </message>
    <message>
        <source>on {network}</source>
        <translation>ברשת {network}</translation>
    </message>
    <message>
        <source>Never decides: “{other}” wins always.</source>
        <translation>לעולם אינו מכריע: „{other}” גובר תמיד.</translation>
    </message>
</context>
<context>
    <name>Firewall</name>
    <message>
        <source>Too late: it is not as it was left by your answer.</source>
        <translation>מאוחר מדי: המצב כבר אינו כפי שתשובתך הותירה אותו.</translation>
    </message>
</context>
<context>
    <name>FirstRun</name>
    <message>
        <source>One rule was added.|%n rules were added.</source>
        <translation>כלל אחד נוסף.|%n כללים נוספו.</translation>
    </message>
    <message>
        <source>All else is asked about when it happens.</source>
        <translation>על כל השאר תוצג שאלה כשזה יקרה.</translation>
    </message>
    <message>
        <source>has its rules already</source>
        <translation>כבר יש לו כללים</translation>
    </message>
    <message>
        <source>accepted on the first run</source>
        <translation>אושר בהפעלה הראשונה</translation>
    </message>
    <message>
        <source>&amp;Allow one|&amp;Allow these %n</source>
        <translation>&amp;לאפשר אחד|&amp;לאפשר את %n אלה</translation>
    </message>
    <message>
        <source>Welcome to Stile</source>
        <translation>ברוכים הבאים אל Stile</translation>
    </message>
    <message>
        <source>&amp;Not now</source>
        <translation>לא &amp;עכשיו</translation>
    </message>
    <message>
        <source>&amp;Close</source>
        <translation>&amp;סגירה</translation>
    </message>
    <message>
        <source>Services of this system</source>
        <translation>השירותים של המערכת הזאת</translation>
    </message>
    <message>
        <source>Services and programs</source>
        <translation>שירותים ותוכניות</translation>
    </message>
    <message>
        <source>Let the system work, and decide about the rest</source>
        <translation>להניח למערכת לפעול, ולהחליט על השאר</translation>
    </message>
    <message>
        <source>Stile asks before an application reaches the network for the first time.</source>
        <translation>Stile שואל לפני שיישום מגיע לרשת בפעם הראשונה.</translation>
    </message>
    <message>
        <source>What belongs to the system is checked below: it may do what it is there for, and nothing else.</source>
        <translation>מה ששייך למערכת מסומן למטה: הוא רשאי לעשות את מה שלשמו נועד, ולא שום דבר אחר.</translation>
    </message>
    <message>
        <source>Everything else is asked about when it happens, and each rule can be changed later.</source>
        <translation>על כל השאר תוצג שאלה כשזה יקרה, וכל כלל ניתן לשינוי בהמשך.</translation>
    </message>
    <message>
        <source>one more|%n more</source>
        <translation>ועוד אחד|ועוד %n</translation>
    </message>
    <message>
        <source>Use the network now: check what may do so, whatever it does</source>
        <translation>משתמשים ברשת כעת: יש לסמן מה רשאי לעשות זאת, יעשה מה שיעשה</translation>
    </message>
    <message>
        <source>running</source>
        <translation>פועל</translation>
    </message>
    <message>
        <source>&amp;Allow</source>
        <translation>&amp;לאפשר</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>שם</translation>
    </message>
    <message>
        <source>What it does</source>
        <translation>מה הוא עושה</translation>
    </message>
    <message>
        <source>Where to</source>
        <translation>לאן</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>כעת</translation>
    </message>
    <message>
        <source>waits on {ports}</source>
        <translation>ממתין ב־{ports}</translation>
    </message>
</context>
<context>
    <name>HelperSettings</name>
    <message>
        <source>Stile&apos;s helper is not running: its settings cannot be read.</source>
        <translation>רכיב העזר של Stile אינו פועל: לא ניתן לקרוא את הגדרותיו.</translation>
    </message>
    <message>
        <source>{problem}
The file is left as it is; what you see is in force. Mend it, then come back.</source>
        <translation>{problem}
הקובץ נשאר כפי שהוא; מה שמוצג כאן בתוקף. יש לתקן אותו ולחזור לכאן.</translation>
    </message>
    <message>
        <source>Kept in {file}</source>
        <translation>נשמר ב־{file}</translation>
    </message>
    <message>
        <source>Counts once the helper is started anew: {settings}</source>
        <translation>בתוקף לאחר הפעלה מחדש של רכיב העזר: {settings}</translation>
    </message>
    <message>
        <source>s</source>
        <translation>שנ׳</translation>
    </message>
    <message>
        <source>File of the helper&apos;s settings</source>
        <translation>קובץ ההגדרות של רכיב העזר</translation>
    </message>
    <message>
        <source>The helper</source>
        <translation>רכיב העזר</translation>
    </message>
    <message>
        <source>For everybody at this machine. A change may take a password.</source>
        <translation>לכל מי שמשתמש במחשב הזה. שינוי עשוי לדרוש סיסמה.</translation>
    </message>
    <message>
        <source>Deny</source>
        <translation>לדחות</translation>
    </message>
    <message>
        <source>Deny silently</source>
        <translation>לדחות בשקט</translation>
    </message>
    <message>
        <source>Allow</source>
        <translation>לאפשר</translation>
    </message>
    <message>
        <source>Questions sta&amp;y open for</source>
        <translation>שאלות נשא&amp;רות פתוחות</translation>
    </message>
    <message>
        <source>When nobody answ&amp;ers</source>
        <translation>כש&amp;איש אינו עונה</translation>
    </message>
    <message>
        <source>The next attempt is asked about again.</source>
        <translation>בניסיון הבא תוצג שאלה שוב.</translation>
    </message>
    <message>
        <source>W&amp;hile the helper is away</source>
        <translation>כל עוד רכיב העזר נ&amp;עדר</translation>
    </message>
    <message>
        <source>What unknown applications get then. What is decided stays decided.</source>
        <translation>מה יחול אז על יישומים לא מוכרים. מה שהוחלט נשאר כפי שהוחלט.</translation>
    </message>
    <message>
        <source>Ask also who may accept connections from outside</source>
        <translation>לשאול גם מי רשאי לקבל חיבורים מבחוץ</translation>
    </message>
    <message>
        <source>Host names</source>
        <translation>שמות מארחים</translation>
    </message>
    <message>
        <source>Na&amp;me servers</source>
        <translation>שרתי שמ&amp;ות</translation>
    </message>
    <message>
        <source>Addresses whose answers about names are believed, beside those of this system.</source>
        <translation>כתובות שתשובותיהן על שמות נחשבות אמינות, נוסף על אלה של המערכת.</translation>
    </message>
    <message>
        <source>Every application may look names up</source>
        <translation>כל יישום רשאי לברר שמות</translation>
    </message>
    <message>
        <source>Fewer questions, but a way out: what is asked for can carry anything to whoever owns the domain.</source>
        <translation>פחות שאלות, אבל דרך החוצה: בקשה יכולה לשאת כל דבר אל בעל שם התחום.</translation>
    </message>
    <message>
        <source>Limits</source>
        <translation>מגבלות</translation>
    </message>
    <message>
        <source>So that a flood of one application keeps no other waiting.</source>
        <translation>כדי שהצפה של יישום אחד לא תעכב יישום אחר.</translation>
    </message>
    <message>
        <source>Packets held of one application</source>
        <translation>חבילות מוחזקות של יישום אחד</translation>
    </message>
    <message>
        <source>Packets held of all applications</source>
        <translation>חבילות מוחזקות של כל היישומים</translation>
    </message>
    <message>
        <source>Questions open at a time</source>
        <translation>שאלות פתוחות בו־זמנית</translation>
    </message>
</context>
<context>
    <name>History</name>
    <message>
        <source>it is the database of another program</source>
        <translation>זהו מסד נתונים של תוכנית אחרת</translation>
    </message>
    <message>
        <source>it was written by another version of Stile</source>
        <translation>היא נכתבה בידי גרסה אחרת של Stile</translation>
    </message>
    <message>
        <source>The history could not be read ({why}). It was set aside as {file}; a new one begins.</source>
        <translation>לא ניתן לקרוא את ההיסטוריה ({why}). היא הונחה בצד בשם {file}; היסטוריה חדשה מתחילה.</translation>
    </message>
    <message>
        <source>The history is not kept at present: {why}.</source>
        <translation>ההיסטוריה אינה נשמרת כעת: {why}.</translation>
    </message>
    <message>
        <source>{application}
{place}
{first} to {last}, {count} times, {octets}</source>
        <translation>{application}
{place}
{first} עד {last}, {count} פעמים, {octets}</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>זמן</translation>
    </message>
    <message>
        <source>Application</source>
        <translation>יישום</translation>
    </message>
    <message>
        <source>Place</source>
        <translation>כתובת</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>פורט</translation>
    </message>
    <message>
        <source>Direction</source>
        <translation>כיוון</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>הכרעה</translation>
    </message>
    <message>
        <source>By</source>
        <translation>סיבה</translation>
    </message>
    <message>
        <source>Times</source>
        <translation>פעמים</translation>
    </message>
    <message>
        <source>Search applications and places</source>
        <translation>חיפוש יישומים וכתובות</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>חיפוש</translation>
    </message>
    <message>
        <source>All verdicts</source>
        <translation>כל ההכרעות</translation>
    </message>
    <message>
        <source>History</source>
        <translation>היסטוריה</translation>
    </message>
    <message>
        <source>Make a &amp;rule from this row</source>
        <translation>יצירת &amp;כלל מהשורה הזאת</translation>
    </message>
    <message>
        <source>Only this &amp;application</source>
        <translation>רק ה&amp;יישום הזה</translation>
    </message>
    <message>
        <source>Only this &amp;place</source>
        <translation>רק הכתו&amp;בת הזאת</translation>
    </message>
    <message>
        <source>Make a &amp;rule…</source>
        <translation>י&amp;צירת כלל…</translation>
    </message>
    <message>
        <source>Show what is &amp;new</source>
        <translation>הצגת הח&amp;דש</translation>
    </message>
    <message>
        <source>&amp;Forget everything…</source>
        <translation>ל&amp;שכוח הכול…</translation>
    </message>
    <message>
        <source>Forget all connections and all traffic of the past?</source>
        <translation>לשכוח את כל החיבורים ואת כל התעבורה מן העבר?</translation>
    </message>
    <message>
        <source>It cannot be brought back. Rules stay.</source>
        <translation>לא ניתן להחזיר זאת. הכללים נשארים.</translation>
    </message>
    <message>
        <source>&amp;Forget everything</source>
        <translation>לשכוח הכ&amp;ול</translation>
    </message>
    <message>
        <source>Any time</source>
        <translation>כל זמן</translation>
    </message>
    <message>
        <source>Last hour</source>
        <translation>השעה האחרונה</translation>
    </message>
    <message>
        <source>Last day</source>
        <translation>היממה האחרונה</translation>
    </message>
    <message>
        <source>Last week</source>
        <translation>השבוע האחרון</translation>
    </message>
    <message>
        <source>{count} lines</source>
        <translation>{count} שורות</translation>
    </message>
    <message>
        <source>{lines}; nothing new is kept</source>
        <translation>{lines}; דבר חדש אינו נשמר</translation>
    </message>
</context>
<context>
    <name>HistoryPages</name>
    <message>
        <source>Connections</source>
        <translation>חיבורים</translation>
    </message>
    <message>
        <source>History</source>
        <translation>היסטוריה</translation>
    </message>
    <message>
        <source>Traffic</source>
        <translation>תעבורה</translation>
    </message>
</context>
<context>
    <name>ImportPreview</name>
    <message>
        <source>%n is not carried over: see why below.|%n are not carried over: see why below.</source>
        <translation>אחד אינו מועבר: הסיבה למטה.|%n אינם מועברים: הסיבות למטה.</translation>
    </message>
    <message>
        <source>Import %n rule|Import %n rules</source>
        <translation>ייבוא כלל אחד|ייבוא %n כללים</translation>
    </message>
    <message>
        <source>&amp;Import %n rule|&amp;Import %n rules</source>
        <translation>יי&amp;בוא כלל אחד|יי&amp;בוא %n כללים</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>ביטול</translation>
    </message>
    <message>
        <source>Import rules</source>
        <translation>ייבוא כללים</translation>
    </message>
    <message>
        <source>Rules (*.toml *.json)</source>
        <translation>כללים (‎*.toml *.json)</translation>
    </message>
    <message>
        <source>File or folder</source>
        <translation>קובץ או תיקייה</translation>
    </message>
    <message>
        <source>A .toml file of Stile&apos;s, or a folder of OpenSnitch&apos;s rules</source>
        <translation>קובץ ‎.toml של Stile, או תיקייה של כללי OpenSnitch</translation>
    </message>
    <message>
        <source>Choose what to import: you see it here before it counts.</source>
        <translation>יש לבחור מה לייבא: זה יוצג כאן לפני שייכנס לתוקף.</translation>
    </message>
    <message>
        <source>%n rule can come in.|%n rules can come in.</source>
        <translation>ניתן לייבא כלל אחד.|ניתן לייבא %n כללים.</translation>
    </message>
    <message>
        <source>What would come in</source>
        <translation>מה ייובא</translation>
    </message>
    <message>
        <source>takes the place of one of yours</source>
        <translation>מחליף אחד מהכללים שלך</translation>
    </message>
    <message>
        <source>is switched off</source>
        <translation>כבוי</translation>
    </message>
    <message>
        <source>Not carried over</source>
        <translation>לא הועבר</translation>
    </message>
    <message>
        <source>Please note</source>
        <translation>לתשומת לבך</translation>
    </message>
    <message>
        <source>Application</source>
        <translation>יישום</translation>
    </message>
    <message>
        <source>Rule</source>
        <translation>כלל</translation>
    </message>
    <message>
        <source>Remark</source>
        <translation>הערה</translation>
    </message>
    <message>
        <source>&amp;File…</source>
        <translation>&amp;קובץ…</translation>
    </message>
    <message>
        <source>F&amp;older…</source>
        <translation>&amp;תיקייה…</translation>
    </message>
    <message>
        <source>&amp;Look</source>
        <translation>&amp;הצגה</translation>
    </message>
</context>
<context>
    <name>Keys</name>
    <message>
        <source>Allow, in a question</source>
        <translation>לאפשר, בתוך שאלה</translation>
    </message>
    <message>
        <source>Deny, in a question</source>
        <translation>לדחות, בתוך שאלה</translation>
    </message>
    <message>
        <source>Deny silently, in a question</source>
        <translation>לדחות בשקט, בתוך שאלה</translation>
    </message>
    <message>
        <source>Put a question aside: it stays open, and what waits is held</source>
        <translation>להניח שאלה בצד: היא נשארת פתוחה, ומה שממתין מוחזק</translation>
    </message>
    <message>
        <source>Take the last answer back, for ten seconds</source>
        <translation>לבטל את התשובה האחרונה, במשך עשר שניות</translation>
    </message>
    <message>
        <source>Go to a page of the window</source>
        <translation>לעבור לעמוד של החלון</translation>
    </message>
    <message>
        <source>Go on to the next control</source>
        <translation>מעבר לפקד הבא</translation>
    </message>
    <message>
        <source>Go to the control whose underlined letter it is</source>
        <translation>מעבר לפקד שהאות שלו מסומנת בקו תחתון</translation>
    </message>
</context>
<context>
    <name>Lifetimes</name>
    <message>
        <source>How long</source>
        <translation>לכמה זמן</translation>
    </message>
    <message>
        <source>&amp;Once</source>
        <translation>פעם א&amp;חת</translation>
    </message>
    <message>
        <source>Until it &amp;quits</source>
        <translation>עד ה&amp;סיום</translation>
    </message>
    <message>
        <source>15 &amp;min</source>
        <translation>15 ד&amp;קות</translation>
    </message>
    <message>
        <source>1 hou&amp;r</source>
        <translation>ש&amp;עה אחת</translation>
    </message>
    <message>
        <source>Until re&amp;boot</source>
        <translation>עד הא&amp;תחול</translation>
    </message>
    <message>
        <source>Al&amp;ways</source>
        <translation>&amp;לתמיד</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Pages</source>
        <translation>דפים</translation>
    </message>
    <message>
        <source>Stile: {page}</source>
        <translation>‏Stile: {page}</translation>
    </message>
</context>
<context>
    <name>Notices</name>
    <message>
        <source>No panel of this desktop shows Stile&apos;s icon. Questions appear all the same; start Stile again, from the menu of applications, to see its window.</source>
        <translation>אף לוח בשולחן העבודה הזה אינו מציג את הסמל של Stile. השאלות יופיעו בכל זאת; כדי לראות את החלון יש להפעיל את Stile שוב מתפריט היישומים.</translation>
    </message>
    <message>
        <source>One application waits for your answer|%n applications wait for your answer</source>
        <translation>יישום אחד ממתין לתשובתך|%n יישומים ממתינים לתשובתך</translation>
    </message>
    <message>
        <source>What they send is held until then, or until the time is up.</source>
        <translation>מה שהם שולחים מוחזק עד אז, או עד שהזמן נגמר.</translation>
    </message>
    <message>
        <source>Nobody has answered a question|Nobody has answered %n questions</source>
        <translation>איש לא ענה על שאלה אחת|איש לא ענה על %n שאלות</translation>
    </message>
    <message>
        <source>{question}. The next attempt is asked about again.</source>
        <translation>{question}. בניסיון הבא תוצג שאלה שוב.</translation>
    </message>
    <message>
        <source>What is decided stays decided. Unknown applications get what the settings say for this case, and nobody is asked.</source>
        <translation>מה שהוחלט נשאר כפי שהוחלט. על יישומים לא מוכרים חל מה שנקבע בהגדרות למקרה כזה, ואיש אינו נשאל.</translation>
    </message>
    <message>
        <source>Stile&apos;s helper is not running</source>
        <translation>רכיב העזר של Stile אינו פועל</translation>
    </message>
    <message>
        <source>Stile is running</source>
        <translation>Stile פועל</translation>
    </message>
    <message>
        <source>Open Stile</source>
        <translation>פתיחת Stile</translation>
    </message>
    <message>
        <source>Show questions</source>
        <translation>הצגת השאלות</translation>
    </message>
</context>
<context>
    <name>Numbers</name>
    <message>
        <source>{hours} h {minutes} min</source>
        <translation>{hours} שע׳ {minutes} דק׳</translation>
    </message>
    <message>
        <source>{seconds} s</source>
        <translation>{seconds} שנ׳</translation>
    </message>
    <message>
        <source>{minutes} min</source>
        <translation>{minutes} דק׳</translation>
    </message>
</context>
<context>
    <name>OpenSnitch</name>
    <message>
        <source>it is about a command line, and programs choose their own</source>
        <translation>הוא עוסק בשורת פקודה, ותוכניות בוחרות את שלהן בעצמן</translation>
    </message>
    <message>
        <source>it is about a checksum, and rules of Stile&apos;s have none</source>
        <translation>הוא עוסק בסכום ביקורת, ובכללים של Stile אין כזה</translation>
    </message>
    <message>
        <source>it is about a network interface, and rules of Stile&apos;s have none</source>
        <translation>הוא עוסק בממשק רשת, ובכללים של Stile אין כזה</translation>
    </message>
    <message>
        <source>it has no operator</source>
        <translation>אין לו אופרטור</translation>
    </message>
    <message>
        <source>its list of conditions is empty</source>
        <translation>רשימת התנאים שלו ריקה</translation>
    </message>
    <message>
        <source>it is about {operand}, and no rule of Stile&apos;s is</source>
        <translation>הוא עוסק ב־{operand}, ושום כלל של Stile אינו עוסק בכך</translation>
    </message>
    <message>
        <source>it held once</source>
        <translation>הוא היה תקף לפעם אחת</translation>
    </message>
    <message>
        <source>it has two conditions about the same thing, which no rule of Stile&apos;s has</source>
        <translation>יש לו שני תנאים על אותו הדבר, ואין כאלה בשום כלל של Stile</translation>
    </message>
    <message>
        <source>no connection can fit it that Stile looks at</source>
        <translation>שום חיבור ש־Stile בוחן אינו יכול להתאים לו</translation>
    </message>
    <message>
        <source>it is about a list of {data}: make it a block list, a file in /etc/stile/lists.d</source>
        <translation>הוא עוסק ברשימה של {data}: יש להפוך אותה לרשימת חסימה, קובץ ב־/etc/stile/lists.d</translation>
    </message>
    <message>
        <source>another rule is about the same: the more cautious one is carried over</source>
        <translation>כלל אחר עוסק באותו הדבר: הזהיר מביניהם מועבר</translation>
    </message>
    <message>
        <source>&apos;{action}&apos; is no action of OpenSnitch&apos;s</source>
        <translation>„{action}” אינה פעולה של OpenSnitch</translation>
    </message>
    <message>
        <source>&apos;{duration}&apos; is no duration</source>
        <translation>„{duration}” אינו משך זמן</translation>
    </message>
    <message>
        <source>it held for {duration}, and is over</source>
        <translation>הוא היה תקף למשך {duration}, וזמנו עבר</translation>
    </message>
    <message>
        <source>its list of conditions cannot be read</source>
        <translation>לא ניתן לקרוא את רשימת התנאים שלו</translation>
    </message>
    <message>
        <source>it holds for {place} over IPv4 and IPv6</source>
        <translation>הוא תקף עבור {place} דרך IPv4 ו־IPv6</translation>
    </message>
    <message>
        <source>it is about all programs that fit &apos;{path}&apos;: a rule is about one</source>
        <translation>הוא עוסק בכל התוכניות שמתאימות ל„{path}”: כלל עוסק בתוכנית אחת</translation>
    </message>
    <message>
        <source>{path} is within a {whole}: decide about that as a whole, when it asks</source>
        <translation>{path} נמצא בתוך {whole}: יש להחליט עליו כמכלול, כשתוצג שאלה</translation>
    </message>
    <message>
        <source>&apos;{kind}&apos; does not compare {operand}</source>
        <translation>„{kind}” אינו משווה {operand}</translation>
    </message>
    <message>
        <source>it would become {count} rules: more than {MOST}</source>
        <translation>הוא יהפוך ל־{count} כללים: יותר מ־{MOST}</translation>
    </message>
    <message>
        <source>it is about {place} over IPv{family} alone, which no rule can say</source>
        <translation>הוא עוסק ב־{place} דרך IPv{family} בלבד, ושום כלל אינו יכול לבטא זאת</translation>
    </message>
    <message>
        <source>&apos;{data}&apos; is no single number</source>
        <translation>„{data}” אינו מספר יחיד</translation>
    </message>
    <message>
        <source>&apos;{data}&apos; is taken for the beginning of an address</source>
        <translation>„{data}” נחשב לתחילתה של כתובת</translation>
    </message>
    <message>
        <source>&apos;{data}&apos; are no ports that can be said</source>
        <translation>„{data}” אינם פורטים שניתן לבטא</translation>
    </message>
    <message>
        <source>the regular expression &apos;{text}&apos; fits everything</source>
        <translation>הביטוי הרגולרי „{text}” מתאים לכול</translation>
    </message>
    <message>
        <source>&apos;{path}&apos; is no absolute path of a program</source>
        <translation>„{path}” אינו נתיב מוחלט של תוכנית</translation>
    </message>
    <message>
        <source>&apos;{text}&apos; is no address or network that can be said</source>
        <translation>„{text}” אינו כתובת או רשת שניתן לבטא</translation>
    </message>
    <message>
        <source>&apos;{text}&apos; is no network</source>
        <translation>„{text}” אינו רשת</translation>
    </message>
    <message>
        <source>&apos;{text}&apos; is no protocol that can be said</source>
        <translation>„{text}” אינו פרוטוקול שניתן לבטא</translation>
    </message>
    <message>
        <source>comes in switched off: there &apos;{name}&apos; wins, here it would stand over</source>
        <translation>מיובא כבוי: שם „{name}” גובר, וכאן הוא היה גובר</translation>
    </message>
    <message>
        <source>{place} is left out: Stile lets loopback pass</source>
        <translation>{place} הושמט: Stile מניח ל־loopback לעבור</translation>
    </message>
    <message>
        <source>&apos;{each}&apos; is no host name</source>
        <translation>„{each}” אינו שם מארח</translation>
    </message>
    <message>
        <source>&apos;{text}&apos; is taken for a domain, and all that is below it</source>
        <translation>„{text}” נחשב לדומיין ולכל מה שמתחתיו</translation>
    </message>
    <message>
        <source>the regular expression &apos;{text}&apos; cannot be said</source>
        <translation>לא ניתן לבטא את הביטוי הרגולרי „{text}”</translation>
    </message>
    <message>
        <source>a dot in &apos;{text}&apos; is taken for a dot, not for any letter</source>
        <translation>נקודה ב„{text}” נחשבת נקודה, ולא כל תו</translation>
    </message>
    <message>
        <source>{why} (so it refuses nothing here)</source>
        <translation>{why} (ולכן הוא אינו חוסם כאן דבר)</translation>
    </message>
</context>
<context>
    <name>OwnSettings</name>
    <message>
        <source>Counts from the next start of Stile on.</source>
        <translation>בתוקף מההפעלה הבאה של Stile.</translation>
    </message>
    <message>
        <source>This desktop</source>
        <translation>שולחן העבודה הזה</translation>
    </message>
    <message>
        <source>Start Stile&apos;s icon and questions with the &amp;session</source>
        <translation>הפעלת הסמל והשאלות של Stile עם תחילת ה&amp;הפעלה</translation>
    </message>
    <message>
        <source>Start without a &amp;window</source>
        <translation>הפעלה ללא &amp;חלון</translation>
    </message>
    <message>
        <source>The icon in the panel, or another start, brings it up.</source>
        <translation>הסמל שבלוח, או הפעלה נוספת, יציגו אותו.</translation>
    </message>
    <message>
        <source>Show &amp;notifications</source>
        <translation>הצגת ה&amp;תראות</translation>
    </message>
    <message>
        <source>Look</source>
        <translation>מראה</translation>
    </message>
    <message>
        <source>Like the desktop</source>
        <translation>כמו שולחן העבודה</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>בהיר</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>כהה</translation>
    </message>
    <message>
        <source>&amp;Colours</source>
        <translation>&amp;צבעים</translation>
    </message>
    <message>
        <source>Size of &amp;text</source>
        <translation>&amp;גודל הטקסט</translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation>&amp;שפה</translation>
    </message>
    <message>
        <source>Questions</source>
        <translation>שאלות</translation>
    </message>
    <message>
        <source>Where the desktop puts windows</source>
        <translation>היכן ששולחן העבודה ממקם חלונות</translation>
    </message>
    <message>
        <source>In the middle of the screen</source>
        <translation>במרכז המסך</translation>
    </message>
    <message>
        <source>In the upper corner</source>
        <translation>בפינה העליונה</translation>
    </message>
    <message>
        <source>In the lower corner</source>
        <translation>בפינה התחתונה</translation>
    </message>
    <message>
        <source>They a&amp;ppear</source>
        <translation>הן מו&amp;פיעות</translation>
    </message>
    <message>
        <source>Buttons wait f&amp;or</source>
        <translation>הלחצנים מ&amp;מתינים</translation>
    </message>
    <message>
        <source>So that nothing is decided by a click or a key that was meant for another window.</source>
        <translation>כדי ששום דבר לא יוכרע בלחיצה או בהקשה שנועדו לחלון אחר.</translation>
    </message>
    <message>
        <source>History</source>
        <translation>היסטוריה</translation>
    </message>
    <message>
        <source>&amp;Remember connections</source>
        <translation>&amp;זכירת חיבורים</translation>
    </message>
    <message>
        <source>For so many &amp;days</source>
        <translation>למשך מספר &amp;ימים</translation>
    </message>
    <message>
        <source>Under Wayland the desktop alone decides.</source>
        <translation>תחת Wayland שולחן העבודה לבדו מחליט.</translation>
    </message>
    <message>
        <source>ms</source>
        <translation>מ״ש</translation>
    </message>
    <message>
        <source>The entry could not be written: {why}</source>
        <translation>לא ניתן לכתוב את הרשומה: {why}</translation>
    </message>
</context>
<context>
    <name>Prompt</name>
    <message>
        <source>%n packet is held|%n packets are held</source>
        <translation>חבילה אחת מוחזקת|%n חבילות מוחזקות</translation>
    </message>
    <message>
        <source>The same for each of the {count} places.</source>
        <translation>אותו דבר לכל אחת מ־{count} הכתובות.</translation>
    </message>
    <message>
        <source>D&amp;etails</source>
        <translation>&amp;פרטים</translation>
    </message>
    <message>
        <source>{who} wants to connect</source>
        <translation>{who} מבקש להתחבר</translation>
    </message>
    <message>
        <source>A&amp;ll {count} of {who}, a rule each</source>
        <translation>הכ&amp;ול: {count} של {who}, כלל לכל אחד</translation>
    </message>
</context>
<context>
    <name>QuestionList</name>
    <message>
        <source>Questions that wait</source>
        <translation>שאלות ממתינות</translation>
    </message>
    <message>
        <source>%n question waits|%n questions wait</source>
        <translation>שאלה אחת ממתינה|%n שאלות ממתינות</translation>
    </message>
</context>
<context>
    <name>Review</name>
    <message>
        <source>one minute|%n minutes</source>
        <translation>דקה אחת|%n דקות</translation>
    </message>
    <message>
        <source>&amp;Accept one proposal|&amp;Accept %n proposals</source>
        <translation>לק&amp;בל הצעה אחת|לק&amp;בל %n הצעות</translation>
    </message>
    <message>
        <source>{name} would be allowed: {places}. It asks about all else.</source>
        <translation>ל־{name} יותר: {places}. על כל השאר תוצג שאלה.</translation>
    </message>
    <message>
        <source>Stile: what was learned</source>
        <translation>Stile: מה שנלמד</translation>
    </message>
    <message>
        <source>one more place|%n more places</source>
        <translation>כתובת אחת נוספת|%n כתובות נוספות</translation>
    </message>
    <message>
        <source>Allow what it has reached</source>
        <translation>לאפשר את מה שאליו הגיע</translation>
    </message>
    <message>
        <source>Allow whatever it does</source>
        <translation>לאפשר כל מה שיעשה</translation>
    </message>
    <message>
        <source>What was learned</source>
        <translation>מה שנלמד</translation>
    </message>
    <message>
        <source>These applications passed without a question. They are asked about again until you accept a rule for them.</source>
        <translation>היישומים האלה עברו ללא שאלה. תוצג עליהם שאלה שוב, עד שיתקבל כלל עבורם.</translation>
    </message>
    <message>
        <source>&amp;Check all</source>
        <translation>&amp;סימון הכול</translation>
    </message>
    <message>
        <source>&amp;Forget</source>
        <translation>ל&amp;שכוח</translation>
    </message>
    <message>
        <source>&amp;Deny</source>
        <translation>ל&amp;דחות</translation>
    </message>
    <message>
        <source>{place} and one more|{place} and %n more</source>
        <translation>{place} ועוד אחת|{place} ועוד %n</translation>
    </message>
    <message>
        <source>Learning for {left} more: unknown applications pass and are recorded.</source>
        <translation>למידה, עוד {left}: יישומים לא מוכרים עוברים ונרשמים.</translation>
    </message>
    <message>
        <source>&amp;Accept</source>
        <translation>לק&amp;בל</translation>
    </message>
    <message>
        <source>&amp;Stop learning</source>
        <translation>&amp;עצירת הלמידה</translation>
    </message>
    <message>
        <source>&amp;Learn for an hour</source>
        <translation>&amp;למידה במשך שעה</translation>
    </message>
    <message>
        <source>Choose an application to see the rules that it would get.</source>
        <translation>יש לבחור יישום כדי לראות את הכללים שיקבל.</translation>
    </message>
    <message>
        <source>There is nothing to review.</source>
        <translation>אין מה לבדוק.</translation>
    </message>
    <message>
        <source>Application</source>
        <translation>יישום</translation>
    </message>
    <message>
        <source>Times</source>
        <translation>פעמים</translation>
    </message>
    <message>
        <source>Has reached</source>
        <translation>הגיע אל</translation>
    </message>
    <message>
        <source>Proposed rule</source>
        <translation>כלל מוצע</translation>
    </message>
    <message>
        <source>Rule for {name}</source>
        <translation>כלל עבור {name}</translation>
    </message>
    <message>
        <source>{name} would be allowed whatever it does.</source>
        <translation>ל־{name} יותר כל מה שיעשה.</translation>
    </message>
</context>
<context>
    <name>RuleChoice</name>
    <message>
        <source>Where</source>
        <translation>לאן</translation>
    </message>
    <message>
        <source>How long</source>
        <translation>לכמה זמן</translation>
    </message>
</context>
<context>
    <name>RuleEditor</name>
    <message>
        <source>any network</source>
        <translation>כל רשת</translation>
    </message>
    <message>
        <source>Choose a program</source>
        <translation>בחירת תוכנית</translation>
    </message>
    <message>
        <source>Both</source>
        <translation>שניהם</translation>
    </message>
    <message>
        <source>Outward: it begins</source>
        <translation>החוצה: היישום פותח</translation>
    </message>
    <message>
        <source>Inward: it is reached</source>
        <translation>פנימה: פונים אל היישום</translation>
    </message>
    <message>
        <source>Always</source>
        <translation>תמיד</translation>
    </message>
    <message>
        <source>Until reboot</source>
        <translation>עד האתחול</translation>
    </message>
    <message>
        <source>For 15 minutes</source>
        <translation>למשך 15 דקות</translation>
    </message>
    <message>
        <source>For an hour</source>
        <translation>למשך שעה</translation>
    </message>
    <message>
        <source>For a day</source>
        <translation>למשך יום</translation>
    </message>
    <message>
        <source>Until a time</source>
        <translation>עד מועד מסוים</translation>
    </message>
    <message>
        <source>Which program is it about? A path is enough.</source>
        <translation>באיזו תוכנית מדובר? די בנתיב.</translation>
    </message>
    <message>
        <source>/usr/bin/curl, or everybody</source>
        <translation>/usr/bin/curl, או everybody</translation>
    </message>
    <message>
        <source>anywhere; or example.org, *.example.org, 192.0.2.0/24, local</source>
        <translation>כל מקום; או example.org, *.example.org, 192.0.2.0/24, local</translation>
    </message>
    <message>
        <source>As NetworkManager calls it; not:Home,Work is all others.</source>
        <translation>כפי ש-NetworkManager קורא לה; not:Home,Work הן כל האחרות.</translation>
    </message>
    <message>
        <source>also for programs that it &amp;starts</source>
        <translation>גם לתוכניות ש&amp;היא מפעילה</translation>
    </message>
    <message>
        <source>Where they have no rules of their own.</source>
        <translation>כשאין להן כללים משלהן.</translation>
    </message>
    <message>
        <source>&amp;in force</source>
        <translation>ב&amp;תוקף</translation>
    </message>
    <message>
        <source>&amp;Choose…</source>
        <translation>&amp;בחירה…</translation>
    </message>
    <message>
        <source>What the rule does</source>
        <translation>מה הכלל עושה</translation>
    </message>
    <message>
        <source>&amp;Add rule</source>
        <translation>הוספת כ&amp;לל</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>ש&amp;מירה</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>ביטול</translation>
    </message>
    <message>
        <source>anybody</source>
        <translation>כל אחד</translation>
    </message>
    <message>
        <source>There is no user “{name}”.</source>
        <translation>אין משתמש „{name}”.</translation>
    </message>
    <message>
        <source>Add a rule</source>
        <translation>הוספת כלל</translation>
    </message>
    <message>
        <source>Edit rule</source>
        <translation>עריכת כלל</translation>
    </message>
    <message>
        <source>That time is over already.</source>
        <translation>המועד הזה כבר עבר.</translation>
    </message>
    <message>
        <source>It takes the place of another rule about the same.</source>
        <translation>הוא בא במקום כלל אחר על אותו הדבר.</translation>
    </message>
    <message>
        <source>&amp;Program</source>
        <translation>תו&amp;כנית</translation>
    </message>
    <message>
        <source>&amp;Verdict</source>
        <translation>הכר&amp;עה</translation>
    </message>
    <message>
        <source>&amp;Destination</source>
        <translation>&amp;יעד</translation>
    </message>
    <message>
        <source>P&amp;ort</source>
        <translation>&amp;פורט</translation>
    </message>
    <message>
        <source>Pro&amp;tocol</source>
        <translation>פרו&amp;טוקול</translation>
    </message>
    <message>
        <source>Di&amp;rection</source>
        <translation>כי&amp;וון</translation>
    </message>
    <message>
        <source>&amp;User</source>
        <translation>מ&amp;שתמש</translation>
    </message>
    <message>
        <source>Net&amp;work</source>
        <translation>&amp;חיבור לרשת</translation>
    </message>
    <message>
        <source>&amp;Holds</source>
        <translation>ת&amp;קפות</translation>
    </message>
    <message>
        <source>&amp;Note</source>
        <translation>הע&amp;רה</translation>
    </message>
    <message>
        <source>Not a rule yet.</source>
        <translation>עדיין לא כלל.</translation>
    </message>
    <message>
        <source>all; or 443, 8000-8100, {groups}</source>
        <translation>הכול; או 443, 8000-8100, {groups}</translation>
    </message>
</context>
<context>
    <name>RulesModel</name>
    <message>
        <source>Verdict</source>
        <translation>הכרעה</translation>
    </message>
    <message>
        <source>Covers</source>
        <translation>חל על</translation>
    </message>
    <message>
        <source>Holds</source>
        <translation>תקפות</translation>
    </message>
    <message>
        <source>Origin</source>
        <translation>מקור</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>הערה</translation>
    </message>
    <message>
        <source>{covers}, and what it starts</source>
        <translation>{covers}, וגם מה שהוא מפעיל</translation>
    </message>
    <message>
        <source>Another rule about the same is in force in its place.</source>
        <translation>כלל אחר על אותו הדבר בתוקף במקומו.</translation>
    </message>
</context>
<context>
    <name>RulesPage</name>
    <message>
        <source>%n rule is selected.|%n rules are selected.</source>
        <translation>נבחר כלל אחד.|נבחרו %n כללים.</translation>
    </message>
    <message>
        <source>Choose an application to see its rules.</source>
        <translation>יש לבחור יישום כדי לראות את הכללים שלו.</translation>
    </message>
    <message>
        <source>Identity of the application</source>
        <translation>זהות היישום</translation>
    </message>
    <message>
        <source>&amp;Edit…</source>
        <translation>&amp;עריכה…</translation>
    </message>
    <message>
        <source>&amp;Copy…</source>
        <translation>העת&amp;קה…</translation>
    </message>
    <message>
        <source>Re&amp;move</source>
        <translation>&amp;הסרה</translation>
    </message>
    <message>
        <source>What the selected rule does</source>
        <translation>מה הכלל שנבחר עושה</translation>
    </message>
    <message>
        <source>No application fits what you look for.</source>
        <translation>אף יישום אינו תואם את החיפוש.</translation>
    </message>
    <message>
        <source>Always</source>
        <translation>תמיד</translation>
    </message>
    <message>
        <source>Until reboot</source>
        <translation>עד האתחול</translation>
    </message>
    <message>
        <source>Until a time</source>
        <translation>עד מועד מסוים</translation>
    </message>
    <message>
        <source>Until it quits</source>
        <translation>עד הסיום</translation>
    </message>
    <message>
        <source>By name</source>
        <translation>לפי שם</translation>
    </message>
    <message>
        <source>By last use</source>
        <translation>לפי שימוש אחרון</translation>
    </message>
    <message>
        <source>By traffic</source>
        <translation>לפי תעבורה</translation>
    </message>
    <message>
        <source>By rules</source>
        <translation>לפי כללים</translation>
    </message>
    <message>
        <source>Search names, paths, destinations, notes</source>
        <translation>חיפוש שמות, נתיבים, יעדים, הערות</translation>
    </message>
    <message>
        <source>Search applications and rules</source>
        <translation>חיפוש יישומים וכללים</translation>
    </message>
    <message>
        <source>No rules yet. Stile asks when an application wants to connect for the first time; your answers appear here.</source>
        <translation>אין עדיין כללים. Stile שואל כשיישום מבקש להתחבר בפעם הראשונה; תשובותיך יופיעו כאן.</translation>
    </message>
    <message>
        <source>Filter by verdict</source>
        <translation>סינון לפי הכרעה</translation>
    </message>
    <message>
        <source>Any verdict</source>
        <translation>כל הכרעה</translation>
    </message>
    <message>
        <source>With problems</source>
        <translation>עם בעיות</translation>
    </message>
    <message>
        <source>Filter by origin</source>
        <translation>סינון לפי מקור</translation>
    </message>
    <message>
        <source>Any origin</source>
        <translation>כל מקור</translation>
    </message>
    <message>
        <source>Filter by lifetime</source>
        <translation>סינון לפי משך</translation>
    </message>
    <message>
        <source>Any lifetime</source>
        <translation>כל משך</translation>
    </message>
    <message>
        <source>Sort by</source>
        <translation>מיון לפי</translation>
    </message>
    <message>
        <source>Applications</source>
        <translation>יישומים</translation>
    </message>
    <message>
        <source>%n rule was written to {file}.|%n rules were written to {file}.</source>
        <translation>כלל אחד נכתב אל {file}.|%n כללים נכתבו אל {file}.</translation>
    </message>
    <message>
        <source>Remove the rule about {name}</source>
        <translation>הסרת הכלל על {name}</translation>
    </message>
    <message>
        <source>Another verdict for {name}</source>
        <translation>הכרעה אחרת עבור {name}</translation>
    </message>
    <message>
        <source>Stile&apos;s helper is not running: nothing can be changed here (systemctl start stiled).</source>
        <translation>רכיב העזר של Stile אינו פועל: לא ניתן לשנות כאן דבר (systemctl start stiled).</translation>
    </message>
    <message>
        <source>Switch the rule about {name} off</source>
        <translation>כיבוי הכלל על {name}</translation>
    </message>
    <message>
        <source>Clean up %n rule|Clean up %n rules</source>
        <translation>ניקוי כלל אחד|ניקוי %n כללים</translation>
    </message>
    <message>
        <source>Export rules</source>
        <translation>ייצוא כללים</translation>
    </message>
    <message>
        <source>Remove %n rule|Remove %n rules</source>
        <translation>הסרת כלל אחד|הסרת %n כללים</translation>
    </message>
    <message>
        <source>Another verdict for %n rule|Another verdict for %n rules</source>
        <translation>הכרעה אחרת עבור כלל אחד|הכרעה אחרת עבור %n כללים</translation>
    </message>
    <message>
        <source>That cannot be undone any more: {why}.</source>
        <translation>לא ניתן עוד לבטל זאת: {why}.</translation>
    </message>
    <message>
        <source>Add a rule about {name}</source>
        <translation>הוספת כלל על {name}</translation>
    </message>
    <message>
        <source>Change the rule about {name}</source>
        <translation>שינוי הכלל על {name}</translation>
    </message>
    <message>
        <source>Switch the rule about {name} on</source>
        <translation>הפעלת הכלל על {name}</translation>
    </message>
    <message>
        <source>&amp;Remove</source>
        <translation>ה&amp;סרה</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>ביטול</translation>
    </message>
    <message>
        <source>Done: {what}.</source>
        <translation>בוצע: {what}.</translation>
    </message>
    <message>
        <source>Undone: {what}.</source>
        <translation>בוטל: {what}.</translation>
    </message>
    <message>
        <source>Done again: {what}.</source>
        <translation>בוצע מחדש: {what}.</translation>
    </message>
    <message>
        <source>That cannot be done again any more: {why}.</source>
        <translation>לא ניתן עוד לבצע זאת מחדש: {why}.</translation>
    </message>
    <message>
        <source>{file} could not be written: {reason}.</source>
        <translation>לא ניתן לכתוב את {file}: {reason}.</translation>
    </message>
    <message>
        <source>Rules of this application</source>
        <translation>כללי היישום הזה</translation>
    </message>
</context>
<context>
    <name>RulesToolbar</name>
    <message>
        <source>C&amp;lean up…</source>
        <translation>&amp;ניקוי…</translation>
    </message>
    <message>
        <source>&amp;Add rule…</source>
        <translation>הוספת כ&amp;לל…</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>&amp;ביטול</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>ביצוע &amp;מחדש</translation>
    </message>
    <message>
        <source>&amp;Import…</source>
        <translation>&amp;ייבוא…</translation>
    </message>
    <message>
        <source>E&amp;xport…</source>
        <translation>יי&amp;צוא…</translation>
    </message>
    <message>
        <source>C&amp;lean up ({count})…</source>
        <translation>&amp;ניקוי ({count})…</translation>
    </message>
</context>
<context>
    <name>ScopeChoice</name>
    <message>
        <source>This &amp;host</source>
        <translation>ה&amp;מארח הזה</translation>
    </message>
    <message>
        <source>T&amp;his address</source>
        <translation>הכתובת ה&amp;זאת</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>לאן</translation>
    </message>
    <message>
        <source>An&amp;ywhere</source>
        <translation>&amp;כל מקום</translation>
    </message>
    <message>
        <source>This doma&amp;in</source>
        <translation>התחו&amp;ם הזה</translation>
    </message>
    <message>
        <source>This &amp;network</source>
        <translation>&amp;הרשת הזאת</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>פורט</translation>
    </message>
    <message>
        <source>Any por&amp;t</source>
        <translation>כל פו&amp;רט</translation>
    </message>
    <message>
        <source>This &amp;port</source>
        <translation>הפור&amp;ט הזה</translation>
    </message>
    <message>
        <source>Any pro&amp;tocol</source>
        <translation>כל פ&amp;רוטוקול</translation>
    </message>
    <message>
        <source>This &amp;protocol</source>
        <translation>הפרו&amp;טוקול הזה</translation>
    </message>
    <message>
        <source>&amp;Port {port}</source>
        <translation>פור&amp;ט {port}</translation>
    </message>
</context>
<context>
    <name>Sentences</name>
    <message>
        <source>only applications with an allow rule reach the network</source>
        <translation>רק יישומים עם כלל מאפשר מגיעים לרשת</translation>
    </message>
    <message>
        <source>on the network {network}</source>
        <translation>ברשת {network}</translation>
    </message>
    <message>
        <source>once</source>
        <translation>פעם אחת</translation>
    </message>
    <message>
        <source>No rule: it is about this connection alone. The next one is asked about again, and there will be nothing to take back.</source>
        <translation>ללא כלל: מדובר בחיבור הזה בלבד. על החיבור הבא תוצג שאלה שוב, ולא יהיה מה לבטל.</translation>
    </message>
    <message>
        <source>{who} may use the network, {span}.</source>
        <translation>{who} רשאי להשתמש ברשת, {span}.</translation>
    </message>
    <message>
        <source>{who} may not use the network, {span}.</source>
        <translation>{who} אינו רשאי להשתמש ברשת, {span}.</translation>
    </message>
    <message>
        <source>{who} may not use the network, and is not told so, {span}.</source>
        <translation>{who} אינו רשאי להשתמש ברשת, ולא נמסר לו על כך, {span}.</translation>
    </message>
    <message>
        <source>You decide whether {who} may use the network, {span}.</source>
        <translation>ההחלטה בידיך אם {who} רשאי להשתמש ברשת, {span}.</translation>
    </message>
    <message>
        <source>{who} may reach {scope}, {span}.</source>
        <translation>{who} רשאי להגיע אל {scope}, {span}.</translation>
    </message>
    <message>
        <source>{who} may not reach {scope}, {span}.</source>
        <translation>{who} אינו רשאי להגיע אל {scope}, {span}.</translation>
    </message>
    <message>
        <source>{who} may not reach {scope}, and is not told so, {span}.</source>
        <translation>{who} אינו רשאי להגיע אל {scope}, ולא נמסר לו על כך, {span}.</translation>
    </message>
    <message>
        <source>You decide whether {who} may reach {scope}, {span}.</source>
        <translation>ההחלטה בידיך אם {who} רשאי להגיע אל {scope}, {span}.</translation>
    </message>
    <message>
        <source>{who} may be {scope}, {span}.</source>
        <translation>{who} רשאי להיות {scope}, {span}.</translation>
    </message>
    <message>
        <source>{who} may not be {scope}, {span}.</source>
        <translation>{who} אינו רשאי להיות {scope}, {span}.</translation>
    </message>
    <message>
        <source>{who} may not be {scope}, and is not told so, {span}.</source>
        <translation>{who} אינו רשאי להיות {scope}, ולא נמסר לו על כך, {span}.</translation>
    </message>
    <message>
        <source>You decide whether {who} may be {scope}, {span}.</source>
        <translation>ההחלטה בידיך אם {who} רשאי להיות {scope}, {span}.</translation>
    </message>
    <message>
        <source>allowed</source>
        <translation>אופשר</translation>
    </message>
    <message>
        <source>denied</source>
        <translation>נדחה</translation>
    </message>
    <message>
        <source>dropped</source>
        <translation>הושלך</translation>
    </message>
    <message>
        <source>asked about</source>
        <translation>נשאל</translation>
    </message>
    <message>
        <source>this connection only</source>
        <translation>החיבור הזה בלבד</translation>
    </message>
    <message>
        <source>until it quits</source>
        <translation>עד שהיישום מסתיים</translation>
    </message>
    <message>
        <source>until the next reboot</source>
        <translation>עד האתחול הבא</translation>
    </message>
    <message>
        <source>forever</source>
        <translation>לתמיד</translation>
    </message>
    <message>
        <source>anywhere</source>
        <translation>כל כתובת</translation>
    </message>
    <message>
        <source>{nearest}, in {first}</source>
        <translation>{nearest}, בתוך {first}</translation>
    </message>
    <message>
        <source>{who} wants to {deed}</source>
        <translation>{who} מבקש {deed}</translation>
    </message>
    <message>
        <source>{where}, port {port}</source>
        <translation>{where}, פורט {port}</translation>
    </message>
    <message>
        <source>send {protocol} packets to {where}</source>
        <translation>לשלוח חבילות {protocol} אל {where}</translation>
    </message>
    <message>
        <source>package {name}</source>
        <translation>חבילה {name}</translation>
    </message>
    <message>
        <source>name {name}</source>
        <translation>שם {name}</translation>
    </message>
    <message>
        <source>port {port} from {where}</source>
        <translation>פורט {port} מאת {where}</translation>
    </message>
    <message>
        <source>look up {name} (at the name server {address})</source>
        <translation>לברר את {name} (אצל שרת השמות {address})</translation>
    </message>
    <message>
        <source>accept a connection on port {port} from {address}</source>
        <translation>לקבל חיבור בפורט {port} מאת {address}</translation>
    </message>
    <message>
        <source>ping {where}</source>
        <translation>לשלוח ping אל {where}</translation>
    </message>
    <message>
        <source>connect to {where}</source>
        <translation>להתחבר אל {where}</translation>
    </message>
    <message>
        <source>Another {who} is asked about.</source>
        <translation>על הפעלה נוספת של {who} תוצג שאלה.</translation>
    </message>
    <message>
        <source>until {time}</source>
        <translation>עד {time}</translation>
    </message>
    <message>
        <source>port {port}</source>
        <translation>פורט {port}</translation>
    </message>
    <message>
        <source>reached from {where}</source>
        <translation>נגיש עבור {where}</translation>
    </message>
    <message>
        <source>user {user}</source>
        <translation>משתמש {user}</translation>
    </message>
</context>
<context>
    <name>Services</name>
    <message>
        <source>name servers</source>
        <translation>שרתי שמות</translation>
    </message>
    <message>
        <source>time servers</source>
        <translation>שרתי זמן</translation>
    </message>
    <message>
        <source>address servers (DHCP)</source>
        <translation>שרתי כתובות (DHCP)</translation>
    </message>
    <message>
        <source>web servers</source>
        <translation>שרתי אינטרנט</translation>
    </message>
    <message>
        <source>printers</source>
        <translation>מדפסות</translation>
    </message>
    <message>
        <source>devices (mDNS)</source>
        <translation>התקנים (mDNS)</translation>
    </message>
    <message>
        <source>devices (mDNS, LLMNR)</source>
        <translation>התקנים (mDNS, LLMNR)</translation>
    </message>
    <message>
        <source>looked up {name} at {address}</source>
        <translation>בירור של {name} אצל {address}</translation>
    </message>
    <message>
        <source>port {port} from {where}</source>
        <translation>פורט {port} מאת {where}</translation>
    </message>
    <message>
        <source>Looks up host names for everybody</source>
        <translation>מברר שמות מארחים עבור כולם</translation>
    </message>
    <message>
        <source>Gets this machine its address</source>
        <translation>משיג למחשב הזה את כתובתו</translation>
    </message>
    <message>
        <source>Sets the clock</source>
        <translation>מכוון את השעון</translation>
    </message>
    <message>
        <source>Fetches software and updates</source>
        <translation>מוריד תוכנות ועדכונים</translation>
    </message>
    <message>
        <source>Fetches firmware updates</source>
        <translation>מוריד עדכוני קושחה</translation>
    </message>
    <message>
        <source>Finds devices on the local network</source>
        <translation>מאתר התקנים ברשת המקומית</translation>
    </message>
    <message>
        <source>Prints on the local network</source>
        <translation>מדפיס ברשת המקומית</translation>
    </message>
    <message>
        <source>{where}, port {port}</source>
        <translation>{where}, פורט {port}</translation>
    </message>
    <message>
        <source>{servers} on the local network</source>
        <translation>{servers} ברשת המקומית</translation>
    </message>
</context>
<context>
    <name>SettingsPage</name>
    <message>
        <source>Settings</source>
        <translation>הגדרות</translation>
    </message>
    <message>
        <source>Settings of the helper were changed.</source>
        <translation>הגדרות של רכיב העזר שונו.</translation>
    </message>
    <message>
        <source>&amp;Apply</source>
        <translation>הח&amp;לה</translation>
    </message>
    <message>
        <source>Re&amp;vert</source>
        <translation>&amp;ביטול</translation>
    </message>
</context>
<context>
    <name>Summary</name>
    <message>
        <source>Belongs to</source>
        <translation>שייך אל</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>תוכנית</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>פקודה</translation>
    </message>
    <message>
        <source>Started by</source>
        <translation>הופעל בידי</translation>
    </message>
    <message>
        <source>User</source>
        <translation>משתמש</translation>
    </message>
    <message>
        <source>Destination</source>
        <translation>יעד</translation>
    </message>
    <message>
        <source>Which program this is was concluded, not seen: it was gone before it could be looked at.</source>
        <translation>זהות התוכנית הוסקה ולא נראתה: היא נעלמה לפני שאפשר היה לבחון אותה.</translation>
    </message>
</context>
<context>
    <name>Toast</name>
    <message>
        <source>Close</source>
        <translation>סגירה</translation>
    </message>
</context>
<context>
    <name>Traffic</name>
    <message>
        <source>Traffic over time</source>
        <translation>תעבורה לאורך זמן</translation>
    </message>
    <message>
        <source>All others</source>
        <translation>כל השאר</translation>
    </message>
    <message>
        <source>Direction</source>
        <translation>כיוון</translation>
    </message>
    <message>
        <source>Sent and received</source>
        <translation>נשלח והתקבל</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>התקבל</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>נשלח</translation>
    </message>
    <message>
        <source>Applications</source>
        <translation>יישומים</translation>
    </message>
    <message>
        <source>The history is off: nothing new is counted.</source>
        <translation>ההיסטוריה כבויה: דבר חדש אינו נספר.</translation>
    </message>
    <message>
        <source>&amp;Hour</source>
        <translation>&amp;שעה</translation>
    </message>
    <message>
        <source>&amp;Day</source>
        <translation>&amp;יום</translation>
    </message>
    <message>
        <source>&amp;Month</source>
        <translation>&amp;חודש</translation>
    </message>
    <message>
        <source>Application</source>
        <translation>יישום</translation>
    </message>
    <message>
        <source>Moved</source>
        <translation>הועבר</translation>
    </message>
    <message>
        <source>The chart is drawn by QtCharts, which is not installed: install the package python3-pyside6.qtcharts, or stile-firewall[charts] with pip.</source>
        <translation>התרשים מצויר בידי QtCharts, שאינו מותקן: יש להתקין את החבילה python3-pyside6.qtcharts, או את stile-firewall[charts] באמצעות pip.</translation>
    </message>
</context>
<context>
    <name>Tray</name>
    <message>
        <source>Stile guards your connections</source>
        <translation>Stile שומר על החיבורים שלך</translation>
    </message>
    <message>
        <source>Open &amp;questions ({count})</source>
        <translation>&amp;שאלות פתוחות ({count})</translation>
    </message>
    <message>
        <source>Re&amp;view what was learned ({count})…</source>
        <translation>&amp;בדיקת מה שנלמד ({count})…</translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation>חי&amp;דוש</translation>
    </message>
    <message>
        <source>&amp;Pause for 5 minutes</source>
        <translation>השהיה &amp;ל־5 דקות</translation>
    </message>
    <message>
        <source>End loc&amp;kdown</source>
        <translation>ביטול ה&amp;נעילה</translation>
    </message>
    <message>
        <source>Loc&amp;k down</source>
        <translation>&amp;נעילה</translation>
    </message>
    <message>
        <source>R&amp;ules…</source>
        <translation>&amp;כללים…</translation>
    </message>
    <message>
        <source>&amp;Settings…</source>
        <translation>&amp;הגדרות…</translation>
    </message>
    <message>
        <source>S&amp;ystem services…</source>
        <translation>שירותי ה&amp;מערכת…</translation>
    </message>
    <message>
        <source>What this system &amp;lacks…</source>
        <translation>מה &amp;חסר במערכת הזאת…</translation>
    </message>
    <message>
        <source>&amp;About Stile</source>
        <translation>על &amp;אודות Stile</translation>
    </message>
    <message>
        <source>Qu&amp;it</source>
        <translation>&amp;יציאה</translation>
    </message>
    <message>
        <source>Stile&apos;s helper is not running</source>
        <translation>רכיב העזר של Stile אינו פועל</translation>
    </message>
    <message>
        <source>Stile: one application waits for your answer|Stile: %n applications wait for your answer</source>
        <translation>Stile: יישום אחד ממתין לתשובתך|Stile: %n יישומים ממתינים לתשובתך</translation>
    </message>
    <message>
        <source>Stile is locked down: only applications with an allow rule reach the network</source>
        <translation>Stile נעול: רק יישומים עם כלל מאפשר מגיעים לרשת</translation>
    </message>
    <message>
        <source>Stile is paused: unknown applications pass</source>
        <translation>Stile מושהה: יישומים לא מוכרים עוברים</translation>
    </message>
    <message>
        <source>Stile learns: unknown applications pass and are recorded</source>
        <translation>Stile לומד: יישומים לא מוכרים עוברים ונרשמים</translation>
    </message>
    <message>
        <source>Stop l&amp;earning</source>
        <translation>&amp;עצירת הלמידה</translation>
    </message>
    <message>
        <source>L&amp;earn for an hour</source>
        <translation>למידה במשך ש&amp;עה</translation>
    </message>
    <message>
        <source>Stile guards, with gaps: {gaps}</source>
        <translation>Stile שומר, עם פרצות: {gaps}</translation>
    </message>
</context>
<context>
    <name>Undo</name>
    <message>
        <source>Take the answer back</source>
        <translation>ביטול התשובה</translation>
    </message>
    <message>
        <source>Answered: {what}</source>
        <translation>נענה: {what}</translation>
    </message>
    <message>
        <source>Undo ({seconds})</source>
        <translation>ביטול ({seconds})</translation>
    </message>
</context>
<context>
    <name>VerdictButtons</name>
    <message>
        <source>Deny &amp;silently</source>
        <translation>לדחות &amp;בשקט</translation>
    </message>
    <message>
        <source>The program hears nothing and waits until it gives up.</source>
        <translation>התוכנית אינה שומעת דבר וממתינה עד שתוותר.</translation>
    </message>
    <message>
        <source>&amp;Deny</source>
        <translation>ל&amp;דחות</translation>
    </message>
    <message>
        <source>The program is told at once that it may not.</source>
        <translation>נמסר לתוכנית מיד שאינה רשאית.</translation>
    </message>
    <message>
        <source>&amp;Allow</source>
        <translation>ל&amp;אפשר</translation>
    </message>
    <message>
        <source>The connection goes on as if nothing had been.</source>
        <translation>החיבור ממשיך כאילו לא קרה דבר.</translation>
    </message>
</context>
<context>
    <name>Words</name>
    <message>
        <source>user {number}</source>
        <translation>משתמש {number}</translation>
    </message>
</context>
</TS>
