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
        <source>Go on to the next control</source>
        <translation>מעבר לפקד הבא</translation>
    </message>
    <message>
        <source>Go to the control whose underlined letter it is</source>
        <translation>מעבר לפקד שהאות שלו מסומנת בקו תחתון</translation>
    </message>
</context>
<context>
    <name>Main</name>
    <message>
        <source>What this system lacks</source>
        <translation>מה חסר במערכת הזאת</translation>
    </message>
    <message>
        <source>Let unknown applications through for 5 minutes? What is denied stays denied.</source>
        <translation>להניח ליישומים לא מוכרים לעבור במשך 5 דקות? מה שנדחה נשאר דחוי.</translation>
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
        <source>Settings - Stile</source>
        <translation>הגדרות - Stile</translation>
    </message>
    <message>
        <source>About Stile</source>
        <translation>על אודות Stile</translation>
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
    <name>Toast</name>
    <message>
        <source>Close</source>
        <translation>סגירה</translation>
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
        <source>Stile guards, with gaps: {gaps}</source>
        <translation>Stile שומר, עם פרצות: {gaps}</translation>
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
