<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>AboutPage</name>
    <message>
        <source>A per-application firewall for the Linux desktop that lets the kernel decide. A stile is the step in a fence that lets people through and keeps cattle in.</source>
        <translation>Eine Firewall für den Linux-Desktop, die nach Anwendungen fragt und den Kernel entscheiden lässt. Ein „stile“ ist der Tritt im Weidezaun: Menschen kommen hinüber, das Vieh bleibt drin.</translation>
    </message>
    <message>
        <source>Free software under the GNU General Public License, version 3 or later. It comes without any warranty.</source>
        <translation>Freie Software unter der GNU General Public License, Version 3 oder neuer. Ohne jede Gewährleistung.</translation>
    </message>
    <message>
        <source>Keyboard</source>
        <translation>Tastatur</translation>
    </message>
    <message>
        <source>A question that has just appeared takes no key for a moment.</source>
        <translation>Eine Frage, die gerade erst erschienen ist, nimmt einen Augenblick lang keine Taste an.</translation>
    </message>
    <message>
        <source>About Stile</source>
        <translation>Über Stile</translation>
    </message>
    <message>
        <source>What this system gives</source>
        <translation>Was dieses System bietet</translation>
    </message>
    <message>
        <source>there</source>
        <translation>vorhanden</translation>
    </message>
    <message>
        <source>limited</source>
        <translation>eingeschränkt</translation>
    </message>
    <message>
        <source>missing</source>
        <translation>fehlt</translation>
    </message>
    <message>
        <source>Unknown while the helper is not running.</source>
        <translation>Unbekannt, solange der Helfer nicht läuft.</translation>
    </message>
    <message>
        <source>Stile {version}</source>
        <translation>Stile {version}</translation>
    </message>
</context>
<context>
    <name>Display</name>
    <message>
        <source>no display: neither WAYLAND_DISPLAY nor DISPLAY is set</source>
        <translation>kein Bildschirm: weder WAYLAND_DISPLAY noch DISPLAY ist gesetzt</translation>
    </message>
    <message>
        <source>no display at &apos;{name}&apos;</source>
        <translation>kein Bildschirm unter „{name}“</translation>
    </message>
</context>
<context>
    <name>HelperSettings</name>
    <message>
        <source>Stile&apos;s helper is not running: its settings cannot be read.</source>
        <translation>Der Helfer von Stile läuft nicht: Seine Einstellungen können nicht gelesen werden.</translation>
    </message>
    <message>
        <source>{problem}
The file is left as it is; what you see is in force. Mend it, then come back.</source>
        <translation>{problem}
Die Datei bleibt, wie sie ist; was Sie sehen, gilt. Berichtigen Sie sie, und kommen Sie wieder.</translation>
    </message>
    <message>
        <source>Kept in {file}</source>
        <translation>Steht in {file}</translation>
    </message>
    <message>
        <source>Counts once the helper is started anew: {settings}</source>
        <translation>Gilt, sobald der Helfer neu gestartet ist: {settings}</translation>
    </message>
    <message>
        <source>s</source>
        <translation>s</translation>
    </message>
    <message>
        <source>File of the helper&apos;s settings</source>
        <translation>Datei mit den Einstellungen des Helfers</translation>
    </message>
    <message>
        <source>The helper</source>
        <translation>Der Helfer</translation>
    </message>
    <message>
        <source>For everybody at this machine. A change may take a password.</source>
        <translation>Für alle an diesem Rechner. Eine Änderung kann ein Passwort verlangen.</translation>
    </message>
    <message>
        <source>Deny</source>
        <translation>Ablehnen</translation>
    </message>
    <message>
        <source>Deny silently</source>
        <translation>Stillschweigend ablehnen</translation>
    </message>
    <message>
        <source>Allow</source>
        <translation>Erlauben</translation>
    </message>
    <message>
        <source>Questions sta&amp;y open for</source>
        <translation>Fragen bleiben &amp;offen</translation>
    </message>
    <message>
        <source>When nobody answ&amp;ers</source>
        <translation>Wenn &amp;niemand antwortet</translation>
    </message>
    <message>
        <source>The next attempt is asked about again.</source>
        <translation>Beim nächsten Versuch wird wieder gefragt.</translation>
    </message>
    <message>
        <source>W&amp;hile the helper is away</source>
        <translation>Während der Helfer feh&amp;lt</translation>
    </message>
    <message>
        <source>What unknown applications get then. What is decided stays decided.</source>
        <translation>Was dann für unbekannte Anwendungen gilt. Was entschieden ist, bleibt entschieden.</translation>
    </message>
    <message>
        <source>Ask also who may accept connections from outside</source>
        <translation>Auch fragen, wer Verbindungen von außen annehmen darf</translation>
    </message>
    <message>
        <source>Host names</source>
        <translation>Rechnernamen</translation>
    </message>
    <message>
        <source>Na&amp;me servers</source>
        <translation>Na&amp;meserver</translation>
    </message>
    <message>
        <source>Addresses whose answers about names are believed, beside those of this system.</source>
        <translation>Adressen, deren Antworten über Namen geglaubt wird, neben denen dieses Systems.</translation>
    </message>
    <message>
        <source>Every application may look names up</source>
        <translation>Jede Anwendung darf Namen nachschlagen</translation>
    </message>
    <message>
        <source>Fewer questions, but a way out: what is asked for can carry anything to whoever owns the domain.</source>
        <translation>Weniger Fragen, aber ein Weg hinaus: Eine Anfrage kann alles Mögliche zu dem tragen, dem die Domain gehört.</translation>
    </message>
    <message>
        <source>Limits</source>
        <translation>Grenzen</translation>
    </message>
    <message>
        <source>So that a flood of one application keeps no other waiting.</source>
        <translation>Damit die Flut einer Anwendung keine andere warten lässt.</translation>
    </message>
    <message>
        <source>Packets held of one application</source>
        <translation>Angehaltene Pakete einer Anwendung</translation>
    </message>
    <message>
        <source>Packets held of all applications</source>
        <translation>Angehaltene Pakete aller Anwendungen</translation>
    </message>
    <message>
        <source>Questions open at a time</source>
        <translation>Gleichzeitig offene Fragen</translation>
    </message>
</context>
<context>
    <name>Keys</name>
    <message>
        <source>Allow, in a question</source>
        <translation>Erlauben, in einer Frage</translation>
    </message>
    <message>
        <source>Deny, in a question</source>
        <translation>Ablehnen, in einer Frage</translation>
    </message>
    <message>
        <source>Deny silently, in a question</source>
        <translation>Stillschweigend ablehnen, in einer Frage</translation>
    </message>
    <message>
        <source>Put a question aside: it stays open, and what waits is held</source>
        <translation>Eine Frage beiseitelegen: Sie bleibt offen, und was wartet, wird angehalten</translation>
    </message>
    <message>
        <source>Go on to the next control</source>
        <translation>Weiter zum nächsten Bedienelement</translation>
    </message>
    <message>
        <source>Go to the control whose underlined letter it is</source>
        <translation>Zum Bedienelement, dessen Buchstabe unterstrichen ist</translation>
    </message>
</context>
<context>
    <name>Main</name>
    <message>
        <source>What this system lacks</source>
        <translation>Was diesem System fehlt</translation>
    </message>
    <message>
        <source>Let unknown applications through for 5 minutes? What is denied stays denied.</source>
        <translation>Unbekannte Anwendungen 5 Minuten lang durchlassen? Was abgelehnt ist, bleibt abgelehnt.</translation>
    </message>
    <message>
        <source>Pause Stile</source>
        <translation>Stile pausieren</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>&amp;Pausieren</translation>
    </message>
    <message>
        <source>&amp;Go on guarding</source>
        <translation>&amp;Weiter wachen</translation>
    </message>
    <message>
        <source>Settings - Stile</source>
        <translation>Einstellungen - Stile</translation>
    </message>
    <message>
        <source>About Stile</source>
        <translation>Über Stile</translation>
    </message>
</context>
<context>
    <name>Notices</name>
    <message>
        <source>No panel of this desktop shows Stile&apos;s icon. Questions appear all the same; start Stile again, from the menu of applications, to see its window.</source>
        <translation>Keine Leiste dieses Desktops zeigt das Symbol von Stile. Fragen erscheinen trotzdem. Um das Fenster zu sehen, starten Sie Stile noch einmal aus dem Anwendungsmenü.</translation>
    </message>
    <message>
        <source>One application waits for your answer|%n applications wait for your answer</source>
        <translation>Eine Anwendung wartet auf Ihre Antwort|%n Anwendungen warten auf Ihre Antwort</translation>
    </message>
    <message>
        <source>What they send is held until then, or until the time is up.</source>
        <translation>Was sie senden, wird bis dahin angehalten, oder bis die Zeit um ist.</translation>
    </message>
    <message>
        <source>Nobody has answered a question|Nobody has answered %n questions</source>
        <translation>Eine Frage hat niemand beantwortet|%n Fragen hat niemand beantwortet</translation>
    </message>
    <message>
        <source>{question}. The next attempt is asked about again.</source>
        <translation>{question}. Beim nächsten Versuch wird wieder gefragt.</translation>
    </message>
    <message>
        <source>What is decided stays decided. Unknown applications get what the settings say for this case, and nobody is asked.</source>
        <translation>Was entschieden ist, bleibt entschieden. Für unbekannte Anwendungen gilt, was die Einstellungen für diesen Fall sagen, und niemand wird gefragt.</translation>
    </message>
    <message>
        <source>Stile&apos;s helper is not running</source>
        <translation>Der Helfer von Stile läuft nicht</translation>
    </message>
    <message>
        <source>Stile is running</source>
        <translation>Stile läuft</translation>
    </message>
    <message>
        <source>Open Stile</source>
        <translation>Stile öffnen</translation>
    </message>
    <message>
        <source>Show questions</source>
        <translation>Fragen zeigen</translation>
    </message>
</context>
<context>
    <name>OwnSettings</name>
    <message>
        <source>Counts from the next start of Stile on.</source>
        <translation>Gilt ab dem nächsten Start von Stile.</translation>
    </message>
    <message>
        <source>This desktop</source>
        <translation>Dieser Desktop</translation>
    </message>
    <message>
        <source>Start Stile&apos;s icon and questions with the &amp;session</source>
        <translation>Symbol und Fragen von Stile mit der &amp;Sitzung starten</translation>
    </message>
    <message>
        <source>Start without a &amp;window</source>
        <translation>Ohne Fens&amp;ter starten</translation>
    </message>
    <message>
        <source>The icon in the panel, or another start, brings it up.</source>
        <translation>Das Symbol in der Leiste oder ein weiterer Start holt es hervor.</translation>
    </message>
    <message>
        <source>Show &amp;notifications</source>
        <translation>&amp;Benachrichtigungen zeigen</translation>
    </message>
    <message>
        <source>Look</source>
        <translation>Aussehen</translation>
    </message>
    <message>
        <source>Like the desktop</source>
        <translation>Wie der Desktop</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>&amp;Colours</source>
        <translation>&amp;Farben</translation>
    </message>
    <message>
        <source>Size of &amp;text</source>
        <translation>Schr&amp;iftgröße</translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation>S&amp;prache</translation>
    </message>
    <message>
        <source>Questions</source>
        <translation>Fragen</translation>
    </message>
    <message>
        <source>Where the desktop puts windows</source>
        <translation>Wo der Desktop Fenster hinsetzt</translation>
    </message>
    <message>
        <source>In the middle of the screen</source>
        <translation>In der Mitte des Bildschirms</translation>
    </message>
    <message>
        <source>In the upper corner</source>
        <translation>In der oberen Ecke</translation>
    </message>
    <message>
        <source>In the lower corner</source>
        <translation>In der unteren Ecke</translation>
    </message>
    <message>
        <source>They a&amp;ppear</source>
        <translation>Sie ersc&amp;heinen</translation>
    </message>
    <message>
        <source>Buttons wait f&amp;or</source>
        <translation>Knöpfe wa&amp;rten</translation>
    </message>
    <message>
        <source>So that nothing is decided by a click or a key that was meant for another window.</source>
        <translation>Damit kein Klick und keine Taste etwas entscheidet, die einem anderen Fenster galten.</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>&amp;Remember connections</source>
        <translation>&amp;Verbindungen merken</translation>
    </message>
    <message>
        <source>For so many &amp;days</source>
        <translation>So viele Ta&amp;ge lang</translation>
    </message>
    <message>
        <source>Under Wayland the desktop alone decides.</source>
        <translation>Unter Wayland entscheidet allein der Desktop.</translation>
    </message>
    <message>
        <source>ms</source>
        <translation>ms</translation>
    </message>
    <message>
        <source>The entry could not be written: {why}</source>
        <translation>Der Eintrag konnte nicht geschrieben werden: {why}</translation>
    </message>
</context>
<context>
    <name>SettingsPage</name>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Settings of the helper were changed.</source>
        <translation>Einstellungen des Helfers wurden geändert.</translation>
    </message>
    <message>
        <source>&amp;Apply</source>
        <translation>&amp;Anwenden</translation>
    </message>
    <message>
        <source>Re&amp;vert</source>
        <translation>&amp;Zurücksetzen</translation>
    </message>
</context>
<context>
    <name>Toast</name>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
</context>
<context>
    <name>Tray</name>
    <message>
        <source>Stile guards your connections</source>
        <translation>Stile wacht über Ihre Verbindungen</translation>
    </message>
    <message>
        <source>Open &amp;questions ({count})</source>
        <translation>&amp;Offene Fragen ({count})</translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation>Pause been&amp;den</translation>
    </message>
    <message>
        <source>&amp;Pause for 5 minutes</source>
        <translation>5 Minuten &amp;pausieren</translation>
    </message>
    <message>
        <source>End loc&amp;kdown</source>
        <translation>Sperre auf&amp;heben</translation>
    </message>
    <message>
        <source>Loc&amp;k down</source>
        <translation>Sperre&amp;n</translation>
    </message>
    <message>
        <source>R&amp;ules…</source>
        <translation>&amp;Regeln …</translation>
    </message>
    <message>
        <source>&amp;Settings…</source>
        <translation>&amp;Einstellungen …</translation>
    </message>
    <message>
        <source>What this system &amp;lacks…</source>
        <translation>Was diesem System &amp;fehlt …</translation>
    </message>
    <message>
        <source>&amp;About Stile</source>
        <translation>&amp;Über Stile</translation>
    </message>
    <message>
        <source>Qu&amp;it</source>
        <translation>&amp;Beenden</translation>
    </message>
    <message>
        <source>Stile&apos;s helper is not running</source>
        <translation>Der Helfer von Stile läuft nicht</translation>
    </message>
    <message>
        <source>Stile: one application waits for your answer|Stile: %n applications wait for your answer</source>
        <translation>Stile: Eine Anwendung wartet auf Ihre Antwort|Stile: %n Anwendungen warten auf Ihre Antwort</translation>
    </message>
    <message>
        <source>Stile is locked down: only applications with an allow rule reach the network</source>
        <translation>Stile sperrt: Nur Anwendungen mit einer Erlaubnis kommen ins Netz</translation>
    </message>
    <message>
        <source>Stile is paused: unknown applications pass</source>
        <translation>Stile pausiert: Unbekannte Anwendungen kommen durch</translation>
    </message>
    <message>
        <source>Stile guards, with gaps: {gaps}</source>
        <translation>Stile wacht, mit Lücken: {gaps}</translation>
    </message>
</context>
<context>
    <name>Words</name>
    <message>
        <source>user {number}</source>
        <translation>Benutzer {number}</translation>
    </message>
</context>
</TS>
